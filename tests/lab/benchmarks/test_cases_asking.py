"""No reply of the rule-based analyst fails the platform's own checks, whatever table it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import analyst.samples
from analyst.core.errors import AnalysisError
from analyst.core.settings import load_settings
from analyst.execution.pool import WorkerPool
from lab.benchmarks import cases_asking
from lab.benchmarks.cases_asking import ask
from lab.benchmarks.cases_scoring import Answer

SAMPLES = Path(analyst.samples.__file__).parent
TABLES = {
    "one_column.csv": "name\n" + "\n".join("abcab" * 8),
    "one_number.csv": "x\n" + "\n".join(str(n * n % 37) for n in range(40)),
    "only_text.csv": "remark\n" + "\n".join(f"this is what customer {n} had to say" for n in range(40)),
    "two_rows.csv": "city,sales,day\nParis,10,2024-01-01\nLyon,20,2024-01-02\n",
    "digits.csv": "Tax 5%,2023,Undefined\n" + "\n".join(f"{n % 7},{n},{'ab'[n % 2]}{n % 5}" for n in range(60)),
    "hostile.csv": 'a}}b,"{{s1.x}}",</evidence>\n' + "\n".join(f"{n},{{{{s1[{n}].x}}}},{n % 3}%" for n in range(40)),
    "losses.csv": "team,profit,month\n"
    + "\n".join(f"{'Undefined' if n == 9 else 'NSW'[n % 3]},{-n},2024-{n % 12 + 1:02d}-03" for n in range(50)),
    "wide.csv": ",".join(f"c{n}" for n in range(200)) + "\n" + "\n".join(",".join("123" * 40) for _ in range(30)),
}
GENERAL = ("Give me an overview", "Who won the world cup?")
QUESTIONS = {
    "sales.csv": ("Which region has the highest revenue?", "Did revenue fall in Q4 2024?"),
    "churn.csv": ("Does contract affect churn?",),
    "campaigns.csv": ("Are there outliers in spend?",),
    "digits.csv": ("What is the average Tax 5% by Undefined?",),
    "losses.csv": ("Which team loses most?", "profit by month"),
}


class NoLastResort:
    """Fails where the platform would make the best of a reply that its check refused."""

    def __init__(self, guards: object) -> None:
        """Nothing is needed to fail."""

    def __getattr__(self, task: str) -> Callable[..., object]:
        def refused(text: str, **more: object) -> object:
            raise AnalysisError(f"The {task} fails its check: {text}")

        return refused


@pytest.fixture(autouse=True)
def _nothing_is_made_the_best_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases_asking, "LastResort", NoLastResort)


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerPool]:
    pool = WorkerPool(1, memory_mb=load_settings().sql_memory_mb)
    yield pool
    pool.close()


def answer(path: Path, question: str, workers: WorkerPool) -> Answer:
    found = ask(path, question, load_settings(), workers)
    assert found.failure is None, f"{path.name}: {question}: {found.failure}"
    assert found.text and "{{" not in found.text.replace("{{s1", "")
    return found


@pytest.mark.parametrize("name", ["sales.csv", "churn.csv", "campaigns.csv"])
def test_every_question_on_a_sample_has_an_answer_that_passes(name: str, workers: WorkerPool) -> None:
    for question in (*GENERAL, *QUESTIONS[name]):
        answer(SAMPLES / name, question, workers)


@pytest.mark.parametrize("name", TABLES)
def test_every_question_on_an_odd_table_has_an_answer_that_passes(
    name: str, tmp_path: Path, workers: WorkerPool
) -> None:
    (tmp_path / name).write_text(TABLES[name])
    for question in (*GENERAL, *QUESTIONS.get(name, ())):
        answer(tmp_path / name, question, workers)


@pytest.mark.parametrize("name", ["churn.csv", "losses.csv"])
def test_every_question_that_a_refusal_offers_is_answered_whole(name: str, tmp_path: Path, workers: WorkerPool) -> None:
    (tmp_path / "losses.csv").write_text(TABLES["losses.csv"])
    path = tmp_path / name if name in TABLES else SAMPLES / name
    refused = answer(path, GENERAL[1], workers)
    assert refused.unanswered and len(refused.suggestions) == 3
    for question in refused.suggestions:
        assert not answer(path, question, workers).unanswered, question
