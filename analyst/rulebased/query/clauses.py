"""A text in its sentences and clauses, each linked by itself: words of one step are not read as another's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from analyst.protocol.table import TableCard
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
