"""Every message of whole analyses of a table full of people: what is personal is in none, and the answers name it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyst.answers.question import Question
from analyst.core.settings import load_settings
from analyst.llm.listening import Patience
from analyst.protocol.calls import CallRequest, GatewayReply
from analyst.protocol.results import AnalysisResult
from analyst.protocol.table import TableSource
from analyst.rulebased.analyst import reply
from tests.scripted import scripted_router
from workflow import Platform, run_analysis

PEOPLE = ("Zebulon Quixley", "Annika Kimmelmann", "Pavel Orlovsky", "Marielle Dupontel")
HEADER = "Philippa Brandreth"
SECRETS = (*PEOPLE, HEADER, "Quixley", "Kimmelmann", "Orlovsky", "Dupontel", "Brandreth", "0170/1234567", "1701234567")


class Listener:
    """The embedded analyst as every model, keeping all that it was sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        messages = [dict(message) for message in request.messages]
        self.sent += [str(message["content"]) for message in messages]
        return GatewayReply(reply(messages), model, model, input_tokens=100, output_tokens=20, latency_s=0.0)


def analysed(question: str, folder: Path) -> tuple[AnalysisResult, list[str]]:
    rows = [
        f"{PEOPLE[n % 4]},0170/123456{n % 4 + 7},{('North', 'South')[n % 2]},{n % 4 * 10 + 5},{n % 7}"
        for n in range(40)
    ]
    path = folder / "quixley_zebulon_sales.csv"
    path.write_text(f"nurse,reach,region,amount,{HEADER}\n" + "\n".join(rows), encoding="utf-8")
    listener = Listener()
    router, monitor = scripted_router(listener, folder)
    settings = load_settings(folder / ".env", metrics_export_path=folder / "metrics.db", runs_dir=folder / "runs")
    result = run_analysis(TableSource(path), Question(question), Platform(settings, lambda: router, monitor))
    return result, listener.sent


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("What is the total amount of Quixley?", "50"),
        ("total amount of KIMMELMANN, ANNIKA", "150"),
        ("Which nurse has the highest total amount?", "Marielle Dupontel"),
    ],
)
def test_no_message_holds_a_person_and_the_answer_is_right(question: str, answered: str, tmp_path: Path) -> None:
    result, sent = analysed(question, tmp_path)
    assert len(sent) >= 4
    assert not [(secret, text) for secret in SECRETS for text in sent if secret.casefold() in text.casefold()]
    assert answered in result.answer
