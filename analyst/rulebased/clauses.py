"""A question cut into clauses, with the columns, quoted texts and names of new columns in each marked.

Instructions ("fill …, then create … and compute …") are read clause by clause; in a clause's `text` a column stands as
`<2>` and a quoted text as `[0]`, so that patterns see the grammar and not the names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from analyst.core.text import fold
from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.link.columns import ColumnIndex, Mention, is_number
from analyst.rulebased.link.tokens import tokenize, words_of

COLUMN = r"<(\d+)>"
QUOTED = r"\[(\d+)\]"
_VERBS = (
    "calculat|comput|find|determin|report|analy[sz]|test|check|compar|show|what|how|evaluat|explor|build|train|"
    "creat|generat|add a|add an|fit|identif|remov|drop|fill|replac|imput|encod|normali[sz]|standardi[sz]|scal|"
    "convert|transform|split|tell|provide|state|group|count|use the|apply|give|list|plot|predict"
)
_BREAK = re.compile(
    r"[.!?;:]?\s*\n+|(?<=[^.\s])[.!?][\"”)]*\s+(?=[A-Z\"'“@\d])|;\s+"
    rf"|,?\s+(?:and\s+)?(?:then|afterwards|finally|next),?\s+(?={_VERBS})|\.?\s*\b(?:Then|Finally|"
    rf"Afterwards|Next|After that),\s+"
    r"|(?<=[\w\"')])\s+(?=(?:Split|Train|Perform|Calculate|Evaluate|Fit|Report|Round|Use|Consider|Ignore|"
    r"Assess|Do not|Drop|Fill"
    r"|Create|Remove|Replace) (?:[a-z\"']))"
    rf"|,\s+(?:and\s+)?(?=(?:{_VERBS})\w*\s)|\s+and\s+(?=(?:{_VERBS})\w*\s)",
)
_DOING = re.compile(
    r"(?:after|once|having)\s+(?:first )?(?:dropp|remov|fill|imput|replac|exclud|delet|add|creat|normaliz|"
    r"standardiz|scal|encod|transform)ing\b",
    re.IGNORECASE,
)
"""How a clause begins that is an instruction of its own: `After dropping rows …,`."""
_SUBORDINATE = re.compile(r"(?:for|if|to|using|when|where|by|in order|based on|after)\b", re.IGNORECASE)
"""How a clause begins that only introduces the one after its comma."""
_FORMAT = re.compile(r"\bAnswer in this format:|(?:\bin the (?:form|format) )?@\w+\[", re.IGNORECASE)
_QUOTE = re.compile(
    r"(?<![\w])(?:\"([^\"\n]{1,60})\"|“([^”\n]{1,60})”|'([^'\n]{1,60})'|‘([^’\n]{1,60})’|`([^`\n]{1,60})`)(?!\w)"
)
_ARTICLES = re.compile(
    r"\b(?:the|an?|each|every|all|their|its|any|our|columns?|features?|variables?|fields?|values?|attributes?|"
    r"respective|corresponding|row'?s?|(?:of|in|for|from|by) (?:dataset|table|data)|dataset|table)\b(?!\s*=)"
)
_NAMES = re.compile(
    r"\b(?i:called|named|titled|labell?ed|as|column|feature|variable|field|flag|metric|attribute|create|derive|add|compute|generate|define)"
    r"\s+(?:an?\s+|the\s+|as\s+)*([A-Za-z]\w*_\w+|[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+|[A-Z]\w*(?=\s*[=:]))"
)
_APART = re.compile(
    r"(?:calculate|compute|derive) (?:the )?([a-z][a-z0-9_ -]{2,30}?) (?:as|=) (?!a\b|the share)", re.IGNORECASE
)
"""A quantity of each row that gets a name: `calculate the profit margin as … for each order`."""
_LOWER = re.compile(
    r"\b(?:column|feature|variable|field|flag|metric)s?\s+(?:called\s+|named\s+)?([a-z]\w+)\s+(?:as|by|=|equal|from|with|that)\b"
    r"|\b(?:called|named)\s+([a-z]\w+)"
    r"|\bnew (?:column|feature|variable|field)\s+(?!called\b|named\b|titled\b|that\b|which\b|for\b|from\b|"
    r"by\b|to\b|with\b|where\b|"
    r"based\b|and\b|of\b|in\b|is\b|using\b|represent|indicat|contain|show|as\b|equal)([a-z]\w+)"
)


@dataclass(frozen=True)
class Clause:
    """One instruction or question. `raw` as written; `text` folded, with `<n>` for column n of the card and `[n]` for
    the n-th of `quoted`; `columns`: the columns named, in order."""

    raw: str
    text: str
    columns: tuple[ColumnCard, ...]
    quoted: tuple[str, ...]
    card: TableCard

    def column(self, number: str) -> ColumnCard:
        """The column that `<number>` stands for."""
        return self.card.columns[int(number)]

    def marked(self, column: ColumnCard) -> str:
        """How the column stands in the text."""
        return f"<{self.card.columns.index(column)}>"

    def all_in(self, part: str) -> tuple[ColumnCard, ...]:
        """The columns marked in a part of the text, each once."""
        return tuple(dict.fromkeys(self.column(n) for n in re.findall(COLUMN, part)))

    @property
    def numbers(self) -> tuple[ColumnCard, ...]:
        """The columns of numbers named."""
        return tuple(column for column in self.columns if is_number(column))


def split_format(question: str) -> tuple[str, str]:
    """The question without, and, the part that only says how the answer is to be written."""
    found = _FORMAT.search(question)
    return (question, "") if found is None else (question[: found.start()], question[found.start() :])


_ROUNDING = re.compile(
    r"(?:^|(?<=[.\n] ))(?:make sure to |please )?round\w*\b[^.\n]*(?:\.|$)|"
    r",? (?:(?:and|up|rounded|correct|accurate|rounding(?: off)?) )*to (?:\w+|\d+) decimal (?:places?|"
    r"points?|digits?)\b",
    re.IGNORECASE,
)


def without_rounding(text: str) -> str:
    """The text without how its numbers are to be rounded."""
    return _ROUNDING.sub("", text).strip()


def clauses_of(question: str) -> list[str]:
    """The clauses of the question, in order, without the numbers of a numbered list."""
    unnumbered = _unnumbered(question)
    parts, at = list[str](), 0
    for found in _BREAK.finditer(re.sub(r"(?i)(^|\s)constraints?:\s*", r"\1", unnumbered)):
        piece = found.string[at : found.start()]
        piece = piece.strip(" {")
        joins = found[0].lstrip()[:1] == "," or (found[0].lstrip()[:1] == "a" and "," not in piece)
        subordinate = joins and not _DOING.match(piece) and _SUBORDINATE.match(piece)
        if not subordinate:
            parts.append(piece)
            at = found.end()
    text = re.sub(r"(?i)(^|\s)constraints?:\s*", r"\1", unnumbered)
    return [part.strip(" ,{}") for part in (*parts, text[at:]) if re.search(r"\w", part)]


def _unnumbered(question: str) -> str:
    """The question with each item of a numbered or dashed list on a line of its own, without its number."""
    text, at, expected = "", 0, 1
    question = re.sub(r"\s*[{}]\s*", "\n", question)
    for found in re.finditer(r"(?:(?<=\s)|^)(\d{1,2})[.)]\s+(?=\S)", question):
        first = int(found[1]) == 1 and re.search(r"(?:^|[:.;?\n])\s*$", question[: found.start()])
        if first or 1 < int(found[1]) == expected:
            text += question[at : found.start()].rstrip(" ") + "\n"
            at, expected = found.end(), int(found[1]) + 1
    listed = text + question[at:]
    return re.sub(r"(^|[\n{]|[.:;]\s)\s*[-*•]\s+(?=[A-Z\"'])", r"\1\n", listed)


@lru_cache(maxsize=512)
def mark(raw: str, card: TableCard) -> Clause:
    """`raw` with what it names in `card` marked."""
    quoted: list[str] = []
    spans = list(_quoted(raw, card, quoted))
    held = [(start, end) for start, end, _ in spans]
    spans += [span for span in _mentioned(raw, card) if not any(span[0] < e and s < span[1] for s, e in held)]
    text, at = "", 0
    for start, end, stands in sorted(spans):
        text += f"{_unlike_marks(raw[at:start])} {stands} "
        at = end
    text = _plain(text + _unlike_marks(raw[at:]))
    columns = tuple(dict.fromkeys(card.columns[int(n)] for n in re.findall(COLUMN, text)))
    return Clause(raw, text, columns, tuple(quoted), card)


def _unlike_marks(text: str) -> str:
    """What the question itself writes like a mark, without its brackets."""
    return re.sub(r"[<\[](\d+)[>\]]", r" \1 ", text)


def _plain(text: str) -> str:
    """Folded, without quotes and the small words beside a name."""
    bare = re.sub(r"[\"'“”‘’`]s?\b|[\"“”‘’`]|'", " ", fold(text))
    bare = _ARTICLES.sub(
        " ", bare.replace("−", "-").replace("×", "*").replace("÷", "/").replace("≤", "<=").replace("≥", ">=")
    )
    return re.sub(r"\s+", " ", re.sub(r"\s+([,.)])", r"\1", bare)).strip(" .")


def _quoted(raw: str, card: TableCard, quoted: list[str]) -> Iterator[tuple[int, int, str]]:
    """The quoted parts: columns by their very name, else texts."""
    names = {fold(column.name).strip(): at for at, column in enumerate(card.columns)}
    for found in _QUOTE.finditer(raw):
        said = next(part for part in found.groups() if part is not None)
        at = names.get(fold(said).strip())
        if at is None:
            quoted.append(said.strip())
            yield found.start(), found.end(), f"[{len(quoted) - 1}]"
        else:
            yield found.start(), found.end(), f"<{at}>"


def _mentioned(raw: str, card: TableCard) -> Iterator[tuple[int, int, str]]:
    """The columns named in plain words; a name written exactly goes before words that are like it."""
    tokens = tokenize(raw)
    places = _offsets(raw, [token.raw for token in tokens])
    at_of = {column.name: at for at, column in enumerate(card.columns)}
    told = [(places[m.start][0], places[m.end - 1][1], m) for m in ColumnIndex(card).mentions(tokens)]
    several_words = ((s, e, m) for s, e, m in told if m.exact and m.end - m.start > 1 and "," not in raw[s:e])
    whole = ((s, e, at_of[m.column.name]) for s, e, m in several_words)
    written = list(_exact(raw, card))
    several = [found for found in written if not raw[found[0] : found[1]].isalpha()]
    taken: list[tuple[int, int]] = []
    for found in (*several, *whole, *written, *_by_code(raw, card)):
        yield from _free(found, taken)
    for start, end, mention in told:
        follows = len(raw[:start].rstrip()) in {end for _, end in taken}
        if _is_sure(raw[start - 1 : end + 1] if start else " " + raw[: end + 1], mention, follows=follows):
            yield from _free((start, end, at_of[mention.column.name]), taken)
    for found in _abbreviated(raw, card):
        yield from _free(found, taken)


def _free(found: tuple[int, int, int], taken: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """The place with its mark, unless something else stands there."""
    start, end, at = found
    if not any(start < e and s < end for s, e in taken):
        taken.append((start, end))
        yield start, end, f"<{at}>"


def _is_sure(around: str, mention: Mention, *, follows: bool) -> bool:
    """Whether words that are like a column's name mean it. `around`: the words with a character before and after."""
    if "_" in (around[:1], around[-1:]) or around.strip(" ,.;:()").casefold() in _SMALL:
        return False
    part = mention.score >= 0.45 and mention.strength >= 0.95 and not follows
    told = mention.score >= (0.6 if mention.strength >= 0.95 else 0.75)
    return (told or part) and (mention.column.role != "identifier" or mention.score >= 0.9)


def _exact(raw: str, card: TableCard) -> Iterator[tuple[int, int, int]]:
    """The names as they are written, the longest first."""
    for at, column in sorted(enumerate(card.columns), key=lambda pair: -len(pair[1].name)):
        for found in re.finditer(rf"(?<!\w){re.escape(column.name)}(?!\w)", raw, _flags(column.name)):
            yield found.start(), found.end(), at


def _by_code(raw: str, card: TableCard) -> Iterator[tuple[int, int, int]]:
    """Codes in capitals that are a part of one column's name: `AAPL` for "AAPL.O"."""
    parts = [re.split(r"\W+", column.name) for column in card.columns]
    for found in re.finditer(r"(?<![\w.])[A-Z][A-Z0-9]{2,}(?!\w)", raw):
        fit = [at for at, words in enumerate(parts) if found[0] in words]
        if len(fit) == 1:
            yield found.start(), found.end(), fit[0]


def _abbreviated(raw: str, card: TableCard) -> Iterator[tuple[int, int, int]]:
    """Names whose words all begin words of the question: `minimum recorded pressure` for "min_p"."""
    for at, column in enumerate(card.columns):
        words = [fold(word) for word in re.split(r"[_\W]+", column.name) if word]
        if len(words) < 2 or not all(word.isalpha() for word in words) or max(map(len, words)) < 3:
            continue
        pattern = r"(?:\s+\w+)?\s+".join(rf"{word}\w*" for word in words)
        found = re.search(rf"\b{pattern}", raw, re.IGNORECASE)
        if found:
            yield found.start(), found.end(), at


def _flags(name: str) -> int:
    """Case matters for a name that is a common word of instructions ("Value", "mean")."""
    return 0 if fold(name) in _COMMON else re.IGNORECASE


_SMALL = frozenset("a an in on of to is as at by if it no so we do be or".split())
"""Words of English that are no names, whatever they mean in another language."""
_COMMON = frozenset("value values mean count number total index data date name id size type rank level group".split())


def _offsets(text: str, raws: Sequence[str]) -> list[tuple[int, int]]:
    places, at = [], 0
    for raw in raws:
        at = max(text.find(raw, at), 0)
        places.append((at, at + len(raw)))
        at += len(raw)
    return places


def new_name(clause: Clause) -> str | None:
    """The name that the clause gives to something new: quoted after "called" or "column", or written as one word."""
    known = {fold(column.name) for column in clause.card.columns}
    told = re.search(
        rf"(?:called|named|titled|into|(?:saved?|stored?) as|new\s+\w*|create|add|generate|compute|derive|"
        rf"define|use)\s*,?\s*{QUOTED}",
        clause.text,
    )
    told = told or re.search(rf"^{QUOTED}\s*(?:=|\bby\b|\bas\b|\bis\b)", clause.text)
    told = told or re.search(rf"\bnew\b[^\[]*{QUOTED}", clause.text)
    told = told or (
        re.search(rf"^(?:calculat|comput)\w* .*\bas {QUOTED}$", clause.text) if len(clause.quoted) == 1 else None
    )
    if told:
        return clause.quoted[int(told[1])]
    apart = _APART.match(clause.raw)
    if apart and re.search(r"\b(?:for|of|in) (?:each|every)\b", clause.raw):
        return apart[1].strip().replace(" ", "_")
    written = (*_NAMES.finditer(clause.raw), *_LOWER.finditer(clause.raw))
    return next((name for m in written if fold(name := m[m.lastindex or 1]) not in known), None)


def speaks_of(clause: str, name: str) -> bool:
    """Whether the clause holds the words of `name`."""
    wanted = "".join(words_of(name))
    return bool(wanted) and wanted in "".join(token.stem for token in tokenize(clause))
