"""A question with what was linked in it and its cues: what the readers of slots look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from analyst.protocol.lexicon import BAD, HIGHEST, LOWEST
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import Mention, is_measure, meanings, yes_no
from analyst.rulebased.link.linking import Linked, link, numbers_in
from analyst.rulebased.query.cues import ARTICLES, RATIOS, WHICH, Cue, find_cues
from analyst.rulebased.query.defaults import ratio_columns

SWIFT = {"fastest": True, "quickest": True, "slowest": False}
"""Words that mean less of what takes time (True) and more of what does not, or the other way round."""
TIMES = frozenset("duration wait delay day hour minute second time".split())
"""Words of names of columns that hold how long something took."""
_AGGREGATES = ("sum", "mean", "median", "min", "max", "std", "variance", "quantile", "quartiles", "mode", "overall")


@dataclass(frozen=True)
class Scene:
    """A question as far as it is understood word by word."""

    linked: Linked
    cues: tuple[Cue, ...]

    @property
    def card(self) -> TableCard:
        """The table's card."""
        return self.linked.card

    @property
    def time(self) -> ColumnCard | None:
        """The column of dates that periods and units of time are about."""
        return self.linked.time

    def all(self, *kinds: str) -> list[Cue]:
        """The cues of these kinds, in order."""
        return [cue for cue in self.cues if cue.kind in kinds]

    def has(self, *kinds: str) -> bool:
        """Whether there is a cue of one of these kinds."""
        return any(cue.kind in kinds for cue in self.cues)

    def at(self, *kinds: str) -> frozenset[int]:
        """The places of all cues of these kinds."""
        return frozenset(place for cue in self.all(*kinds) for place in cue.at)

    def before(self, at: int, *kinds: str, past: int = 0) -> Cue | None:
        """The cue of these kinds that ends right before token `at`, articles and `past` other words apart."""
        place = at
        while place > 0:
            found = [cue for cue in self.cues if cue.kind in kinds and cue.end == place]
            if found:
                return found[0]
            if self.linked.word(place - 1) not in ARTICLES:
                past -= 1
                if past < 0:
                    return None
            place -= 1
        return None

    def aggregate_before(self, mention: Mention) -> Cue | None:
        """The way of aggregating named just before a column."""
        return self.before(mention.start, *_AGGREGATES, past=1)

    @cached_property
    def superlative(self) -> tuple[int, str] | None:
        """The place of the first superlative, and its direction; None when there is none."""
        named = {i for m in self.linked.mentions if m.exact for i in range(m.start, m.end)}
        named |= {i for v in self.linked.values for i in range(v.start, v.end)}
        for at, token in enumerate(self.linked.tokens):
            before = self.linked.word(at - 1) if at else ""
            if at in named or before == "at" or self._is_comparative(at):
                continue
            if token.word in SWIFT:
                slow = SWIFT[token.word] == self._takes_time
                return at, "lowest" if slow else "highest"
            if token.word in ("worst", "best") and self.is_bad:
                return at, "highest" if token.word == "worst" else "lowest"
            if token.word in LOWEST and token.word not in ("less", "lower", "minimum", "min"):
                return at, "lowest"
            if token.word in HIGHEST and token.word not in ("leading", "main", "higher", "maximum", "max"):
                return at, "highest"
        return None

    def _is_comparative(self, at: int) -> bool:
        """Whether `most` only says how sure something is, or belongs to a cue such as "at most" or "more expensive"."""
        if self.linked.word(at - 1) in ("more", "less"):
            return True
        return any(at in cue.at and cue.kind in ("speeding", "drivers", "extreme_both") for cue in self.cues)

    @cached_property
    def is_bad(self) -> bool:
        """Whether more of the first number or outcome that is named is worse: the worst delay is the longest."""
        named = [c for m in self.linked.mentions for c in [*numbers_in(m), *filter(yes_no, m.options)][:1]]
        return any(not BAD.isdisjoint(meanings(column.name)) for column in named[:1])

    @cached_property
    def _takes_time(self) -> bool:
        """Whether the first number named is a duration; where none is, the first in the table that tells how fast."""
        if self.has("elapsed"):
            return True
        numbers = [c for m in self.linked.mentions for c in numbers_in(m)[:1]]
        numbers = numbers or [c for c in self.card.columns if is_measure(c) and meanings(c.name) & {*TIMES, "speed"}]
        return any(meanings(c.name) & TIMES and "speed" not in meanings(c.name) for c in numbers[:1])

    @property
    def direction(self) -> str | None:
        """`highest` or `lowest`, whichever the question asks for first; None when neither."""
        return self.superlative[1] if self.superlative else None

    @cached_property
    def counted(self) -> tuple[int, int] | None:
        """The n of "top n", "n best", "five largest", and its place; None when the question gives none."""
        words, tokens = HIGHEST | LOWEST | {"first"}, self.linked.tokens
        for at, token in enumerate(tokens[:-1]):
            following = tokens[at + 1]
            ranked = {token.word, following.word} & words
            place = at + 1 if token.word in words else at
            count = tokens[place].count
            ordinal = following.word in ("quarter", "half", "day", "week", "month", "year")
            if ranked and count and 0 < count <= 1000 and not (ordinal and token.word == "first"):
                return count, place
        return self._counted_noun()

    def _counted_noun(self) -> tuple[int, int] | None:
        """`the three best selling items`, `5 homes with the lowest price`: a small number before the noun."""
        at = next((i for i, t in enumerate(self.linked.tokens) if t.word in HIGHEST | LOWEST), None)
        for place in range(min(at or 0, 5)):
            count, lead = self.linked.tokens[place].count, self.linked.word(place - 1) if place else ""
            fits = lead in ("", "the", "which", "what", "show", "list", "name", "are")
            if count and 1 < count <= 100 and fits and not self.linked.tokens[place].hyphened:
                return count, place
        return None

    @cached_property
    def asks_which(self) -> frozenset[int]:
        """The places of "which", "what", "who"."""
        return frozenset(at for at, token in enumerate(self.linked.tokens) if token.word in WHICH)


def scene_of(question: str, card: TableCard) -> Scene:
    """The question over the table of `card`, linked, with its cues."""
    linked = link(question, card)
    linked = replace(linked, mentions=tuple(m for m in linked.mentions if not _is_aggregate(m, linked)))
    taken = {i for m in linked.mentions if m.strength == 1.0 and m.score >= 0.9 for i in range(m.start, m.end)}
    taken |= {i for v in linked.values for i in range(v.start, v.end)}
    absent = frozenset(kind for kind in RATIOS if ratio_columns(card, kind) is None)
    cues = find_cues(linked.tokens, frozenset(taken), absent)
    ratios = [c for c in find_cues(linked.tokens, absent=absent) if _outweighs(c) and not _is_column(c, linked)]
    taken = {at for cue in ratios if cue.kind == "trend" for at in cue.at}
    linked = replace(linked, mentions=tuple(m for m in linked.mentions if m.start not in taken))
    return Scene(linked, tuple(dict.fromkeys([*cues, *ratios])))


def _outweighs(cue: Cue) -> bool:
    """Whether a phrase means what it says though a column is called as a part of it: `profit margin`, `over time`."""
    return cue.kind.startswith("ratio ") or (cue.kind == "trend" and cue.end - cue.first > 1)


def _is_column(cue: Cue, linked: Linked) -> bool:
    """Whether a column is called as the whole cue: then the column is meant."""
    return any(m.start <= cue.first and cue.end <= m.end and m.score >= 0.9 for m in linked.mentions)


def _is_aggregate(mention: Mention, linked: Linked) -> bool:
    """Whether a column called `total` or `count` is rather what is asked of the column named right after it."""
    word = linked.word(mention.start)
    following = [m for m in linked.mentions if m.start == mention.end and m is not mention]
    summing = mention.end - mention.start == 1 and word in (
        *("total", "average", "mean", "sum", "number", "count", "share", "rate"),
    )
    return summing and any(is_measure(m.column) and not yes_no(m.column) for m in following)
