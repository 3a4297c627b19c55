"""Scores answers of InfiAgent-DABench: strictly, leniently, and by which expected values the answer holds at all.

Strict: every expected name is answered with the value as labelled, numbers equal within 1e-6 after the rounding that the
question's format (else its constraints) names, texts by case; a question that was not answered counts as wrong. Lenient:
case, spaces, quotes and a percent sign forgiven, yes and true alike, numbers one unit of the last decimal apart (a count is a count).

Recall: the value stands in the answer's prose or fields, or a figure there is the short form of a result that equals it.
Computed: the value stands among the plan's results at all, so what is computed but not held was lost in writing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import cached_property
from typing import Any

_COUNTED = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
SAME = Decimal("1e-6")
_WIDE = Context(prec=400)
"""Digits for every float with its decimals: the usual 28 are too few for 1e30."""
_WORDS = {word: n for n, word in enumerate(_COUNTED)}
_NAMED = re.compile(r"@(\w+)\[([^\]]*)\]")
_ROUNDING = re.compile(r"(\d+|[a-z]+)[\s-]*(?:decimal|digits? after)|\b(integer|whole number)", re.IGNORECASE)
_FIGURE = re.compile(r"(?<![\w.])(<\s*)?([-−+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?)(\s?%)?", re.IGNORECASE)
_GROUPED = re.compile(r"[-−+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_TRUTH = {"true": "yes", "false": "no"}


@dataclass(frozen=True)
class Question:
    """One question of the set with its expected values (name → value as labelled)."""

    id: int
    question: str
    constraints: str
    format: str
    file_name: str
    level: str
    concepts: tuple[str, ...]
    expected: Mapping[str, str]

    @property
    def asked(self) -> str:
        """The text that is given to the analysis: question, constraints and the format wanted, in one."""
        return f"{self.question}\n{self.constraints}\nAnswer in this format: {self.format}"

    def digits(self, name: str) -> int | None:
        """The decimals that the format names for `name`, else the constraints' only ones; None where neither does."""
        told = dict(_NAMED.findall(self.format))
        rest = self.format[max((m.end() for m in _NAMED.finditer(self.format)), default=0) :]
        for part in (told.get(name, ""), name):
            place = re.search(rf"(?<!\w){re.escape(part)}(?!\w)", rest) if part else None
            found = _rounding(rest[place.end() :]) if place else []
            if found:
                return found[0]
        for text in (self.format, self.constraints):
            named = set(_rounding(text))
            if len(named) == 1:
                return named.pop()
        return None


@dataclass(frozen=True)
class Answer:
    """What one analysis gave, as kept in the results file. `unanswered` is what its report says was not carried out,
    `error` stands for an analysis that gave nothing; `sent_back` holds what was wrong with each reply that failed its
    check."""

    id: int
    fields: Mapping[str, str] = field(default_factory=dict)
    texts: Sequence[str] = ()
    evidence: Sequence[Mapping[str, Any]] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)
    reading: str = ""
    unanswered: str | None = None
    calls: Sequence[Mapping[str, Any]] = ()
    cost_usd: Decimal = Decimal(0)
    seconds: float = 0.0
    degraded: bool = False
    sent_back: Sequence[str] = ()
    error: str | None = None

    @cached_property
    def results(self) -> list[Decimal | str]:
        """Every value of the plan's results."""
        cells = [c for t in self.evidence if t.get("method") or t.get("sql") for row in t["rows"] for c in row]
        return list(dict.fromkeys(v for cell in cells if (v := _cell(cell)) is not None))


@dataclass(frozen=True)
class Score:
    """How one answer fared, by expected name."""

    strict: Mapping[str, bool]
    lenient: Mapping[str, bool]
    held: Mapping[str, bool]
    computed: Mapping[str, bool]

    @property
    def right(self) -> bool:
        """Whether every expected value is right by the strict rule."""
        return all(self.strict.values())

    @property
    def forgiven(self) -> bool:
        """Whether every expected value is right by the lenient rule."""
        return all(self.lenient.values())


def score(question: Question, answer: Answer) -> Score:
    """The score of `answer`; one that failed has every value wrong."""
    given = {name.casefold(): value for name, value in answer.fields.items()}
    values = {name: (given.get(name.casefold()), value) for name, value in question.expected.items()}
    digits = {name: question.digits(name) for name in values}
    shown = list(_shown(answer))
    return Score(
        strict={n: g is not None and _strict(g, v, digits[n]) for n, (g, v) in values.items()},
        lenient={n: g is not None and lenient(g, v, digits[n]) for n, (g, v) in values.items()},
        held={n: _held(g, v, digits[n], answer, shown) for n, (g, v) in values.items()},
        computed={n: _computed(v, digits[n], answer) for n, (_, v) in values.items()},
    )


def _strict(given: str, label: str, digits: int | None) -> bool:
    return _listed(given, label, digits, slack=0, fold=False)


def lenient(given: str, label: str, digits: int | None) -> bool:
    """Whether the values agree with case, spaces, quotes and one unit of the last place forgiven."""
    return _listed(given, label, digits, slack=1, fold=True)


def _listed(given: str, label: str, digits: int | None, *, slack: int, fold: bool) -> bool:
    """Both as lists where the label is one (`314, 577`), else as they are."""
    if "," not in label:
        return _equal(given.strip(), label.strip(), digits, slack, fold)
    ours, theirs = ([part.strip() for part in text.split(",")] for text in (given, label))
    return len(ours) == len(theirs) and all(
        _equal(a, b, digits, slack, fold) for a, b in zip(ours, theirs, strict=True)
    )


def _equal(given: str, label: str, digits: int | None, slack: int, fold: bool) -> bool:
    wanted, number = to_number(label), to_number(given.rstrip(" %") if fold else given)
    if wanted is None or number is None:
        return _folded(given) == _folded(label) if fold else given == label
    places = digits if digits is not None else _decimals(label)
    step = Decimal(1).scaleb(-places) if places else Decimal(0)
    return abs(_round(number, digits) - _round(wanted, digits)) <= SAME + slack * step


def _folded(text: str) -> str:
    plain = re.sub(r"[\s_]+", " ", text.strip(" '\"`.").casefold())
    return _TRUTH.get(plain, plain)


def to_number(text: str) -> Decimal | None:
    """The number that `text` is, with thousands separators allowed; a bound (< 0.0001) is the zero that it rounds to."""
    bare = text.strip().replace("−", "-")
    if bare.startswith("<"):
        return Decimal(0)
    if _GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    try:
        number = Decimal(bare)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _round(number: Decimal, digits: int | None) -> Decimal:
    if digits is None or number.adjusted() > _WIDE.prec - 2 - digits:
        return number  # so large that it has no such decimals
    return number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=_WIDE)


def _decimals(label: str) -> int:
    return len(label.partition(".")[2])


def _rounding(text: str) -> list[int]:
    found = []
    for number, whole in _ROUNDING.findall(text):
        digits = 0 if whole else int(number) if number.isdigit() else _WORDS.get(number.casefold())
        if digits is not None:
            found.append(digits)
    return found


def _cell(cell: Any) -> Decimal | str | None:
    if cell is None or isinstance(cell, bool):
        return None if cell is None else str(cell)
    return Decimal(repr(cell)) if isinstance(cell, (int, float)) else str(cell)


def _shown(answer: Answer) -> Iterator[Decimal]:
    """Every number that the answer shows, and each result whose short form one of them is."""
    figures = [m for text in [*answer.texts, *answer.fields.values()] for m in _FIGURE.finditer(text)]
    numbers = [value for value in answer.results if isinstance(value, Decimal)]
    for bound, written, percent in (m.groups() for m in figures):
        value = to_number(written.rstrip(","))
        if value is None:
            continue
        places = _decimals(written.rstrip(",").split("e")[0])
        if bound:
            yield from (n for n in numbers if 0 <= n < value)
            continue
        yield value
        for number in numbers:
            shares = (number * 100,) if percent else (number,)
            if any(_round(share, places) == value for share in shares):
                yield from (number, *shares)
        if percent:
            yield value / 100


def _held(given: str | None, label: str, digits: int | None, answer: Answer, shown: Sequence[Decimal]) -> bool:
    if given is not None and lenient(given, label, digits):
        return True
    if _is_truth(label):
        return False
    texts = [*answer.texts, *answer.fields.values()]
    return all(_among(part.strip(), digits, shown, texts) for part in _parts(label))


def _computed(label: str, digits: int | None, answer: Answer) -> bool:
    numbers = [value for value in answer.results if isinstance(value, Decimal)]
    shares = [number * 100 for number in numbers]
    texts = [value for value in answer.results if isinstance(value, str)]
    return all(_among(part.strip(), digits, [*numbers, *shares], texts) for part in _parts(label))


def _parts(label: str) -> list[str]:
    return [label] if to_number(label) is not None else label.split(",")


def _is_truth(label: str) -> bool:
    return _folded(label) in ("yes", "no", "")


def _among(label: str, digits: int | None, numbers: Iterable[Decimal], texts: Iterable[str]) -> bool:
    wanted = to_number(label)
    if wanted is None:
        pattern = re.compile(rf"(?<!not )(?<!not_)(?<!no )(?<!\w){re.escape(_folded(label))}(?!\w)")
        return bool(label) and any(pattern.search(_folded(text)) for text in texts)
    places = digits if digits is not None else _decimals(label)
    return any(abs(_round(number, places) - _round(wanted, places)) <= SAME for number in numbers)
