"""One clause with the places of what was linked in it, in characters: columns, cues, names in quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from analyst.protocol.table import ColumnCard
from analyst.rulebased.link.columns import Mention, is_time
from analyst.rulebased.link.linking import numbers_in
from analyst.rulebased.query.cues import Cue, statistical_cues
from analyst.rulebased.query.scene import Scene

_CALLED = re.compile(
    r"(?:called|named|labell?ed|(?:feature|column|variable|field|score),?|as)\s+"
    r"(?:a\s+|the\s+)?(?:new\s+)?(?:column\s+)?"
    r"[\"'“‘`]([^\"'”’`\n]{1,40})[\"'”’`]",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?<!\w)[\"'“‘`]([^\"'”’`\n]{1,40})[\"'”’`](?!\w)")
_DEFINED = re.compile(
    r"\b(?:define|compute|create|add|derive|call)\s+(?:a |an |the )?(?:new )?(?:column |feature |variable )?"
    r"(?!new\b)([a-z_]\w*(?: \w+)?) (?:as|=|to be|by)\b|^(?:let )?([a-z_]\w*) (?:=|be) ",
    re.IGNORECASE,
)
_NEW = re.compile(r"\bnew\s+(feature|column|variable|field|measure|metric)\b", re.IGNORECASE)
_SURE = 0.6


@dataclass(frozen=True)
class Phrase:
    """A clause, linked."""

    text: str
    scene: Scene

    def has(self, *kinds: str) -> bool:
        """Whether a cue of one of these kinds is there."""
        return any(cue.kind in kinds for cue in self.cues)

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """The cues, outside the names of columns that are surely meant."""
        surely = {i for m in self.mentions if m.strength == 1.0 and m.score >= 0.9 for i in range(m.start, m.end)}
        return statistical_cues(self.scene.linked.tokens, frozenset(surely))

    def says(self, *words: str) -> bool:
        """Whether one of these words is there."""
        return any(token.word in words or token.stem in words for token in self.scene.linked.tokens)

    @cached_property
    def _places(self) -> list[int]:
        places, at = [], 0
        for token in self.scene.linked.tokens:
            found = self.text.find(token.raw, at)
            at = found if found >= 0 else at
            places.append(at)
            at += len(token.raw) if found >= 0 else 0
        return places

    def place(self, token: int) -> int:
        """The character at which a token begins."""
        return self._places[token] if token < len(self._places) else len(self.text)

    def cues_at(self, kind: str) -> list[int]:
        """The characters at which the cues of a kind begin."""
        return [self.place(cue.first) for cue in self.cues if cue.kind == kind]

    @cached_property
    def mentions(self) -> list[Mention]:
        """The columns that are surely named: those in quotes before others."""
        tokens = self.scene.linked.tokens
        sure = [m for m in self.scene.linked.mentions if m.exact or m.score >= _SURE]
        quoted = [m for m in sure if tokens[m.start].opens_quote and m.exact]
        return quoted or [m for m in sure if m.exact] or sure

    def placed(self) -> list[tuple[int, ColumnCard]]:
        """The columns named, with where."""
        return [(self.place(m.start), (numbers_in(m) or [m.column])[0]) for m in self.mentions]

    def columns(self) -> tuple[ColumnCard, ...]:
        """The columns named, each once."""
        return tuple({column.name: column for _, column in self.placed()}.values())

    def numbers(self) -> tuple[ColumnCard, ...]:
        """The numbers named, each once; of a name that only half fits, the surest."""
        found = [numbers_in(m)[0] for m in self.mentions if numbers_in(m) and not is_time(numbers_in(m)[0])]
        return tuple({column.name: column for column in found}.values())

    def group(self) -> ColumnCard | None:
        """The column named after "by", "each" or "within"."""
        for mention in self.mentions:
            if self.scene.before(mention.start, "by") is not None and not numbers_in(mention):
                return mention.column
            apart = self.scene.linked.lead(mention.start) in ("each", "every", "within", "per", "same", "their")
            if apart and (mention.column.distinct or 99) <= 30:
                return mention.column
        return None

    def name(self) -> str:
        """The name of the column that is made, or nothing."""
        called = _CALLED.search(self.text)
        known = {c.name for c in self.scene.card.columns} | {str(v.item) for v in self.scene.linked.values}
        if called and called[1] not in known:
            return called[1]
        quoted = [text for text in _QUOTED.findall(self.text) if text not in known]
        if quoted:
            return str(quoted[0])
        if called:
            return called[1]
        new = _NEW.search(self.text)
        defined = _DEFINED.search(self.text)
        name = (defined[1] or defined[2]) if defined else ""
        if name and name not in known:
            return str(name)
        return f"new_{new[1].lower()}" if new else ""
