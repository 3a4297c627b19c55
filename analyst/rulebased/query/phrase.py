"""A text in its sentences and clauses, each linked by itself: words of one step are not read as another's. A clause
knows where in it columns, cues and names in quotes stand, in characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import Mention, is_time
from analyst.rulebased.link.linking import numbers_in
from analyst.rulebased.query.cues import Cue, statistical_cues
from analyst.rulebased.query.scene import Scene, scene_of

_SENTENCE = re.compile(r"(?<=[.!?;])(?<!^\d\.)(?<!^\d\d\.)\s+(?=[A-Z0-9@\"'“‘{(-])|\n", re.MULTILINE)
_MARK = re.compile(
    r"^[\s{]*(?:(?:question|step|constraints?)\s*:?\s*)?(?:\d{1,2}[.):](?:\s+|$)|\d{1,2}:\s*|[-•*]\s+)?", re.I
)
_NEXT = re.compile(r":\s*\d{1,2}[.):]?$")
"""The mark of a list's first item, which stands in the line that announces the list."""
_DOING = (
    "fill impute replace remov drop delet discard exclud eliminat normali[sz] standardi[sz] scal rescal transform appl "
    "creat generat mak build encod binn? categori[sz] divid classif extract add subtract multipl comput calculat find "
    "determin report test train predict fit filter keep get deriv handl split evaluat tell log tak describ run us giv "
    "show say compar list"
)
_VERB = "|".join(f"{stem}(?:e|es|s|ing|ting|ping|ming|ying|y)?" for stem in _DOING.split())
_ASKED = rf"(?:{_VERB}|count (?:each|the|how|them|rows?))"
_CLAUSE = re.compile(
    rf"(?:,|;)\s*(?:and\s+|but\s+)?(?:then,?\s+|finally,?\s+|afterwards,?\s+|next,?\s+)?(?=(?:{_ASKED}|what|how|which)\b)"
    rf"|\s+and\s+(?:then\s+)?(?={_ASKED}\b)|\s+(?=(?:after|once|before)\s+\w+ing\b)",
    re.IGNORECASE,
)
_SHORT = 5
"""Words of a line that is one item of the list before it."""


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of `text` without the marks of lists; a list that a colon announces is one sentence."""
    out: list[str] = []
    for part in _SENTENCE.split(text):
        plain = _NEXT.sub(":", _MARK.sub("", part)).strip(" }\t")
        if not plain:
            continue
        if out and out[-1].rstrip().endswith((":", ",")) and len(plain.split()) <= _SHORT:
            out[-1] = f"{out[-1].rstrip(' ,')} {plain},"
        else:
            out.append(plain)
    return tuple(part.rstrip(",") for part in out)


def clauses(sentence: str) -> Iterator[str]:
    """The clauses of a sentence, each with a verb of its own; what stands in quotes or brackets is never parted."""
    start = 0
    for match in _CLAUSE.finditer(sentence):
        before = sentence[start : match.start()]
        open_now = before.count("(") > before.count(")")
        if before.strip() and not open_now:
            yield before.strip()
            start = match.end()
    if sentence[start:].strip():
        yield sentence[start:].strip()


@lru_cache(maxsize=512)
def scene(text: str, card: TableCard) -> Scene:
    """The clause over the table of `card`."""
    return scene_of(text, card)


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
