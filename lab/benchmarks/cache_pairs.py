"""Pairs of questions with known meanings: adversarial ones that mean different things, and paraphrases.

A question is written from an `Intent`, so what it means is known without reading it. An adversarial pair differs in
exactly one slot of the intent (another number, column, month, direction, ...) and is written by the same sentence, so
that the two look as alike as two questions can. A paraphrase is the same intent in another sentence, with politeness,
spelling and plurals varied. Written before the guard of answers/ was, and half of the sentences are held out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from analyst.core.text import MONTHS, plural
from lab.benchmarks.cache_tables import AskedTable

AGGREGATES = {"total": "total", "average": "average", "median": "median", "highest": "maximum", "lowest": "minimum"}
NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


@dataclass(frozen=True)
class Intent:
    """What a question means. `kind` picks the sentences; slots that the kind has no use for stay as they are."""

    table: str
    kind: str
    agg: str = "total"
    measure: str = ""
    other_measure: str = ""
    group: str = ""
    value: str = ""
    other_value: str = ""
    month: str = ""
    other_month: str = ""
    year: int = 2024
    high: bool = True
    n: int = 5
    negated: bool = False


Sentence = str
SENTENCES: dict[str, list[Sentence]] = {
    "by": [
        "What is the {agg} {measure} by {group}?",
        "Show the {agg} {measure} for each {group}",
        "{agg} {measure} per {group}",
        "For every {group}, what is the {agg} {measure}?",
        "Could you break the {agg} {measure} down by {group}?",
        "I'd like to see the {agg} of {measure} grouped by {group}",
        "By {group}: the {agg} {measure}",
        "Give me {agg} {measure} split by {group}, please",
        "How does the {agg} {measure} look across {groups}?",
        "Please list every {group} together with its {agg} {measure}",
    ],
    "extreme": [
        "Which {group} has the {high} {measure} in {month} {year}?",
        "In {month} {year}, which {group} had the {high} {measure}?",
        "What {group} had the {high} {measure} during {month} {year}?",
        "Tell me which {group} has the {high} {measure} in {month} {year}",
        "Name the {group} with the {high} {measure} in {month} {year}",
        "Could you tell me the {group} with the {high} {measure} for {month} of {year}?",
        "During {month} {year} the {high} {measure} was in which {group}?",
        "I want to know which {group} has got the {high} {measure} in {month} {year}",
    ],
    "top": [
        "What are the {top} {n} {groups} by {measure}?",
        "Show me the {top} {n} {groups} by {measure}",
        "{top} {n} {groups} by {measure}",
        "List the {n} {groups} with the {high} {measure}",
        "Which {n} {groups} have the {high} {measure}?",
        "Please give me our {top} {n} {groups} in terms of {measure}",
        "The {top} {n} {groups} ranked by {measure}, please",
        "Can you find the {top} {n} {groups} by {measure}?",
    ],
    "filtered": [
        "What was the {agg} {measure} for {value} in {month} {year}?",
        "{agg} {measure} for {value} in {month} {year}",
        "In {month} {year}, what was the {agg} {measure} for {value}?",
        "Show me the {agg} {measure} in {month} {year} for {value}",
        "I need the {agg} {measure} of {value} during {month} {year}",
        "For {value}, what was the {agg} {measure} in {month} {year}?",
        "Please calculate the {agg} {measure} for {value} in {month} {year}",
        "Tell us the {agg} {measure} that {value} had in {month} {year}",
    ],
    "compare": [
        "How much higher is the {agg} {measure} of {value} than of {other_value}?",
        "By how much is the {agg} {measure} of {value} above that of {other_value}?",
        "The {agg} {measure} of {value} minus that of {other_value}",
        "What is the {agg} {measure} of {value} minus the {agg} {measure} of {other_value}?",
        "Please tell me how much higher the {agg} {measure} of {value} is than of {other_value}",
        "Compared with {other_value}, how much higher is the {agg} {measure} of {value}?",
    ],
    "change": [
        "How did {measure} change from {month} to {other_month} {year}?",
        "What was the change in {measure} from {month} to {other_month} {year}?",
        "Change of {measure} from {month} to {other_month} {year}",
        "Show how {measure} changed from {month} to {other_month} {year}",
        "From {month} to {other_month} {year}, how did {measure} change?",
        "Could you explain the change in {measure} from {month} to {other_month} {year}?",
    ],
    "moved": [
        "Which {group} had the largest {increase} in {measure} in {year}?",
        "What {group} had the biggest {increase} in {measure} in {year}?",
        "In {year}, which {group} had the largest {increase} in {measure}?",
        "Name the {group} with the largest {increase} of {measure} in {year}",
        "Please show the {group} that had the greatest {increase} in {measure} during {year}",
        "Tell me the {group} with the largest {increase} in {measure} in {year}",
    ],
    "threshold": [
        "How many rows have a {measure} {above} {n}?",
        "What is the number of rows with a {measure} {above} {n}?",
        "Count the rows with a {measure} {above} {n}",
        "How many rows are there with {measure} {above} {n}?",
        "Number of rows where {measure} is {above} {n}",
        "Could you count the rows whose {measure} is {above} {n}?",
    ],
    "without": [
        "What is the {agg} {measure} {without} {value}?",
        "{agg} {measure} {without} {value}",
        "Show me the {agg} {measure} {without} {value}",
        "{without} {value}, what is the {agg} {measure}?",
        "Please compute the {agg} of {measure} {without} {value}",
        "I would like the {agg} {measure} {without} {value}",
    ],
    "since": [
        "What is the {agg} {measure} {before} {month} {year}?",
        "{agg} {measure} {before} {month} {year}",
        "Show the {agg} {measure} {before} {month} {year}",
        "{before} {month} {year}, what was the {agg} {measure}?",
        "Kindly give the {agg} {measure} {before} {month} {year}",
        "I want to see the {agg} {measure} {before} {month} {year}",
    ],
    "related": [
        "Is there a relationship between {measure} and {other_measure}?",
        "What is the correlation between {measure} and {other_measure}?",
        "How strongly is {measure} correlated with {other_measure}?",
        "Correlation of {measure} and {other_measure}",
        "Show the correlation between {measure} and {other_measure}",
        "Please compute the correlation between {measure} and {other_measure}",
    ],
    "trend": [
        "How did the {agg} {measure} develop by month in {year}?",
        "What is the {agg} {measure} by month in {year}?",
        "Show the {agg} {measure} for each month of {year}",
        "In {year}, what was the {agg} {measure} per month?",
        "{agg} {measure} month by month in {year}",
        "Monthly {agg} {measure} in {year}, please",
    ],
}
"""By kind: ways to ask. Two neighbours of a kind need not share a plan word by word; all of a kind mean the same."""
UNEQUAL = {("related", 0), ("trend", 0), ("change", 5)}
"""Sentences that ask for somewhat more or less than the others of their kind: in no paraphrase."""

SLOTS: dict[str, tuple[str, ...]] = {
    "by": ("agg", "measure", "group"),
    "extreme": ("high", "measure", "group", "month", "year"),
    "top": ("high", "n", "measure", "group"),
    "filtered": ("agg", "measure", "value", "month", "year"),
    "compare": ("agg", "measure", "value", "other_value", "swap_values"),
    "change": ("measure", "month", "other_month", "year", "swap_months"),
    "moved": ("high", "measure", "group", "year"),
    "threshold": ("high", "n", "measure"),
    "without": ("agg", "measure", "value", "negated"),
    "since": ("agg", "measure", "month", "year", "negated"),
    "related": ("measure", "other_measure"),
    "trend": ("agg", "measure", "year"),
}
KINDS = {
    "agg": "other aggregation", "measure": "other column", "other_measure": "other column", "group": "other grouping",
    "value": "other value", "other_value": "other value", "month": "other month", "other_month": "other month",
    "year": "other year", "high": "other direction", "n": "other number", "negated": "negation",
    "swap_values": "swapped pair", "swap_months": "swapped pair", "table": "other dataset",
}  # fmt: skip
"""What the change of a slot is called in the benchmark's table."""


@dataclass(frozen=True)
class Pair:
    """A question that was kept, another that is asked, and whether they mean the same. `kind` says in what they differ (KINDS), or how the second one says the same."""

    kept: str
    asked: str
    kept_table: str
    asked_table: str
    kind: str
    same: bool


class Asker:
    """Makes intents and questions by chance, from the sentences with the given places (even or odd: the two halves)."""

    def __init__(self, tables: Sequence[AskedTable], chance: random.Random, half: Callable[[str, int], bool]) -> None:
        self._tables = {table.name: table for table in tables}
        self._chance = chance
        self._places = {
            kind: [place for place in range(len(said)) if half(kind, place)] for kind, said in SENTENCES.items()
        }

    def intent(self) -> Intent:
        """Something to ask of one of the tables."""
        chance = self._chance
        kind, table = chance.choice(list(SENTENCES)), chance.choice(list(self._tables.values()))
        group = chance.choice(list(table.dimensions))
        value, other_value = chance.sample(table.dimensions[group], 2)
        measure, other_measure = chance.sample(table.measures, 2)
        month, other_month = chance.sample(MONTHS, 2)
        return Intent(
            table.name, kind, chance.choice(list(AGGREGATES)), measure, other_measure, group, value, other_value,
            month, other_month, chance.randint(2022, 2024), chance.random() < 0.5, chance.randint(2, 10),
            chance.random() < 0.5,
        )  # fmt: skip

    def adversarial(self) -> Pair:
        """Two questions that look alike and differ in one slot; the second one at times said in another way."""
        intent = self.intent()
        slot = self._chance.choice([*SLOTS[intent.kind], *(["table"] if self._chance.random() < 0.5 else [])])
        place = self._chance.choice(self._places[intent.kind])
        kept, other = self.said(intent, place), self._changed(intent, slot)
        far = self._chance.random() < 0.3
        asked = self.said(other, self._chance.choice(self._places[intent.kind]) if far else place)
        if other.table != intent.table:
            asked, far = kept, False
        if far and self._chance.random() < 0.5:
            asked = self._varied(asked)
        moved = "table" if other.table != intent.table else slot
        return Pair(kept, asked, intent.table, other.table, KINDS[moved], same=False)

    def paraphrase(self) -> Pair:
        """The same asked in two ways."""
        intent = self.intent()
        places = [place for place in self._places[intent.kind] if (intent.kind, place) not in UNEQUAL]
        first, second = self._chance.choice(places), self._chance.choice(places)
        kept = self.said(intent, first)
        asked = self._varied(self.said(intent, second))
        kind = "another sentence" if first != second else "the same sentence, typed otherwise"
        return Pair(kept, asked, intent.table, intent.table, kind, same=True)

    def said(self, intent: Intent, place: int) -> str:
        """`intent` in the sentence at `place` of its kind."""
        words = {
            "agg": intent.agg, "measure": _spoken(intent.measure), "other_measure": _spoken(intent.other_measure),
            "group": _spoken(intent.group), "groups": plural(_spoken(intent.group)), "value": intent.value,
            "other_value": intent.other_value, "month": intent.month, "other_month": intent.other_month,
            "year": str(intent.year), "n": str(intent.n), "high": "highest" if intent.high else "lowest",
            "top": "top" if intent.high else "bottom", "increase": "increase" if intent.high else "decrease",
            "above": "above" if intent.high else "below",
            "without": "without" if intent.negated else "only for", "before": "before" if intent.negated else "after",
        }  # fmt: skip
        text = SENTENCES[intent.kind][place].format(**words)
        return text[0].upper() + text[1:]

    def _changed(self, intent: Intent, slot: str) -> Intent:
        chance, table = self._chance, self._tables[intent.table]
        others: Callable[[Sequence[str], str], str] = lambda given, own: chance.choice([g for g in given if g != own])  # noqa: E731
        if slot == "swap_values":
            return replace(intent, value=intent.other_value, other_value=intent.value)
        if slot == "swap_months":
            return replace(intent, month=intent.other_month, other_month=intent.month)
        if slot in ("high", "negated"):
            return replace(intent, **{slot: not getattr(intent, slot)})  # type: ignore[arg-type]
        if slot == "table":
            return replace(intent, table=others(list(self._tables), intent.table))
        if slot in ("n", "year"):
            near = [-1, 1, 10] if slot == "n" else [-1, 1]
            return replace(intent, **{slot: getattr(intent, slot) + chance.choice(near)})
        choices = {
            "agg": list(AGGREGATES), "measure": table.measures, "other_measure": table.measures,
            "group": list(table.dimensions), "month": MONTHS, "other_month": MONTHS,
            "value": table.dimensions[intent.group], "other_value": table.dimensions[intent.group],
        }  # fmt: skip
        taken = {intent.measure, intent.other_measure} if "measure" in slot and intent.kind == "related" else set()
        taken |= {intent.value, intent.other_value} if "value" in slot and intent.kind == "compare" else set()
        taken |= {intent.month, intent.other_month} if "month" in slot and intent.kind == "change" else set()
        free = [choice for choice in choices[slot] if choice not in taken]
        if not free or free == [getattr(intent, slot)]:
            return replace(intent, table=others(list(self._tables), intent.table))
        return replace(intent, **{slot: others(free, getattr(intent, slot))})  # type: ignore[arg-type]

    def _varied(self, text: str) -> str:
        """`text` as another person would type it."""
        chance = self._chance
        if chance.random() < 0.3:
            text = chance.choice(POLITE).format(text[0].lower() + text[1:] if text.split()[0].istitle() else text)
        if chance.random() < 0.3:
            text = text.lower()
        for number, word in enumerate(NUMBERS, 2):
            if chance.random() < 0.2:
                text = text.replace(f" {number} ", f" {word} ")
        for month in MONTHS:
            if month != "May" and chance.random() < 0.2:
                text = text.replace(month, month[:3])
        return text.rstrip("?.!") if chance.random() < 0.3 else text


POLITE = ("Please {}", "Hi, {}", "{} Thanks!", "Hello, could you help me: {}", "Quick question: {}", "{} Thank you.")


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def held_out(seed: int) -> Callable[[str, int], bool]:
    """Which sentences are held out: half of each kind, by chance. Nothing of the guard was tuned on them."""
    chosen: dict[str, set[int]] = {}
    for kind, said in SENTENCES.items():
        places = list(range(len(said)))
        random.Random(f"{seed} {kind}").shuffle(places)
        chosen[kind] = set(places[: len(places) // 2])
    return lambda kind, place: place in chosen[kind]


def distinct(make: Callable[[], Pair], wanted: int) -> Iterator[Pair]:
    """`wanted` pairs, no two the same. Questions of one table are never equal up to case and signs: that is no test."""
    seen: set[tuple[str, str, str, str]] = set()
    while len(seen) < wanted:
        pair = make()
        key = (pair.kept_table, pair.kept, pair.asked_table, pair.asked)
        trivial = _plain(pair.kept) == _plain(pair.asked) and pair.kept_table == pair.asked_table
        if key not in seen and not trivial:
            seen.add(key)
            yield pair
