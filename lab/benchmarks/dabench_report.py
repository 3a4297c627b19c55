"""DABench's figures as tables: a run by level and concept, what went wrong, and two runs side by side."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import SettingsError
from analyst.storage.sums import percentile
from lab.benchmarks.dabench_scoring import Answer, Question, Score, score
from lab.benchmarks.tables import markdown, write_section

Answers = Mapping[int, Answer]
HEAD = [
    "questions", "n", "answered", "right, strict", "right, lenient", "wrong, not said", "right, needless caveat",
    "values right", "values held", "values computed", "$ a question", "s a question, median", "p95",
]  # fmt: skip


def tables(name: str, questions: Sequence[Question], answers: Answers) -> str:
    """The run's table: all questions, then by level, then by concept. Every share is of all questions asked about."""
    groups: dict[str, list[Question]] = {"all": list(questions)}
    for level in ("easy", "medium", "hard"):
        groups[level] = [q for q in questions if q.level == level]
    for concept in sorted({c for q in questions for c in q.concepts}):
        groups[concept] = [q for q in questions if concept in q.concepts]
    rows = [_row(told, group, answers) for told, group in groups.items() if group]
    return f"{name}\n\n{markdown(HEAD, rows)}\n\n{_models(questions, answers)}"


def _row(name: str, questions: Sequence[Question], answers: Answers) -> list[str]:
    found = [(answers.get(q.id, Answer(q.id, error="not asked")), q) for q in questions]
    scores = [score(q, a) for a, q in found]
    given = [a for a, _ in found if a.error != "not asked"]
    seconds = [a.seconds for a in given] or [0.0]
    return [
        name,
        str(len(found)),
        str(sum(not a.error for a, _ in found)),
        _share(s.right for s in scores),
        _share(s.forgiven for s in scores),
        _part(not a.unanswered for s, (a, _) in zip(scores, found, strict=True) if not (s.right or a.error)),
        _part(bool(a.unanswered) for s, (a, _) in zip(scores, found, strict=True) if s.right),
        *(_values(scores, kind) for kind in ("strict", "held", "computed")),
        f"{sum((a.cost_usd for a in given), Decimal(0)) / max(len(given), 1):.5f}",
        f"{statistics.median(seconds):.1f}",
        f"{percentile(seconds, 0.95):.1f}",
    ]


def _share(flags: Iterable[bool]) -> str:
    told = list(flags)
    return f"{sum(told)} ({sum(told) / len(told):.1%})"


def _part(flags: Iterable[bool]) -> str:
    told = list(flags)
    return f"{sum(told)} of {len(told)}"


def _values(scores: Sequence[Score], kind: str) -> str:
    flags = [flag for one in scores for flag in getattr(one, kind).values()]
    return f"{sum(flags)}/{len(flags)} ({sum(flags) / len(flags):.1%})" if flags else "-"


def _models(questions: Sequence[Question], answers: Answers) -> str:
    """Which models gave the accepted replies, and how many replies were sent back."""
    calls = [call for q in questions if q.id in answers for call in answers[q.id].calls]
    kept = [call for call in calls if not call["rejected"]]
    by_model = {m: sum(c["model_used"] == m for c in kept) for m in sorted({c["model_used"] for c in kept})}
    told = ", ".join(f"{model} {count}" for model, count in by_model.items())
    return f"Replies taken: {told or 'none'}; sent back: {len(calls) - len(kept)} of {len(calls)}."


def failures(questions: Sequence[Question], answers: Answers) -> str:
    """Each question that is not right by the strict rule: what was expected and given, and whether it was computed."""
    told = []
    for question in questions:
        answer = answers.get(question.id)
        if answer is None:
            continue
        found = score(question, answer)
        if found.right:
            continue
        lines = [f"\n{question.id} [{question.level}] {question.file_name}: {question.question}"]
        for name, value in question.expected.items():
            marks = ", ".join(k for k in ("lenient", "held", "computed") if getattr(found, k)[name]) or "lost"
            state = "right" if found.strict[name] else marks
            lines.append(f"  {name}: expected {value!r}, given {answer.fields.get(name)!r} ({state})")
        lines += [f"  reading: {answer.reading}", f"  error: {answer.error}"]
        lines += [f"  sent back: {told[:300]}" for told in answer.sent_back]
        lines += [f"  {json.dumps(step, ensure_ascii=False)[:400]}" for step in answer.plan.get("steps", ())]
        lines.append(f"  answer: {answer.texts[0] if answer.texts else ''}")
        told.append("\n".join(lines))
    return "\n".join(told)


def compare(questions: Sequence[Question], first: Answers, second: Answers, names: Sequence[str]) -> str:
    """Two runs on the questions that both have: their figures, and each question that changed its outcome."""
    both = [q for q in questions if q.id in first and q.id in second]
    if not both:
        raise SettingsError("The two runs have no questions in common.", "Name two folders that contain results.jsonl.")
    rows = [_row(name, both, run) for name, run in zip(names, (first, second), strict=True)]
    changed = [line for q in both if (line := _changed(q, first[q.id], second[q.id]))]
    listed = markdown(["question", "level", "what", names[0], names[1]], changed) if changed else "No outcome changed."
    return f"{markdown(['run', *HEAD[1:]], rows)}\n\n{listed}"


def _changed(question: Question, a: Answer, b: Answer) -> list[str]:
    before, after = score(question, a), score(question, b)
    kinds: list[tuple[str, Callable[[Score], Any]]] = [
        ("strict", lambda s: sum(s.strict.values())),
        ("held", lambda s: sum(s.held.values())),
    ]
    moved = [kind for kind, of in kinds if of(before) != of(after)]
    if not moved:
        return []
    told = [f"{sum(s.strict.values())} right, {sum(s.held.values())} held of {len(s.strict)}" for s in (before, after)]
    return [str(question.id), question.level, ", ".join(moved), *told]


def write(name: str, questions: Sequence[Question], answers: Answers, *, whole: bool) -> None:
    """Put the run into lab/benchmarks/README.md. SettingsError unless every question of the set was asked."""
    missing = [q.id for q in questions if q.id not in answers]
    if missing or not whole:
        raise SettingsError("Only a run over all questions can be written.", f"{len(missing)} are missing; run again.")
    about = (
        f"`python main.py bench dabench FOLDER --model {name} --write` over {len(questions)} public questions of "
        "InfiAgent-DABench; every share is of all questions. *Right*: all of a question's values given by name, strict "
        "(the format's rounding, case as labelled) and lenient. *Held*: the answer's text or fields show the value. "
        "*Computed*: it is among the plan's results. *Wrong, not said*: of the answers that are wrong by the strict "
        "rule, those whose report calls nothing unanswered; *right, needless caveat*: of the right ones, those whose "
        "report does."
    )
    if name == EMBEDDED_MODEL:
        about += (
            " The authors of the rules could see these questions (no rule serves just one of them), so these are "
            "development figures: only held-out questions show how well the rules generalize."
        )
    write_section(f"dabench-{name}", f"DABench: {name}", about, tables(name, questions, answers).split("\n\n", 1)[1])
