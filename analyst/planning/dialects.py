"""SQL of other databases → DuckDB's, where both say the same; where they don't, or DuckDB would silently compute
something else, a problem that names the fix.

Works on tokens, never inside strings or comments. What comes out is inspected and bound like anything else. Sources:
the functions' pages of PostgreSQL, MySQL, SQL Server, BigQuery and SQLite beside DuckDB's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyst.core.quoting import quoted
from analyst.planning.sql_tokens import Token, tokens

PARTS = frozenset(
    {"year", "quarter", "month", "week", "day", "hour", "minute", "second", "isoyear", "isoweek", "dayofyear"}
)
"""Parts of a date that other databases write as a bare word."""
_TYPES = {
    "numeric": "DOUBLE", "decimal": "DOUBLE", "dec": "DOUBLE", "float": "DOUBLE", "real": "DOUBLE", "float64": "DOUBLE",
    "number": "DOUBLE", "money": "DOUBLE", "int64": "BIGINT", "signed": "BIGINT", "nvarchar": "VARCHAR",
}  # fmt: skip
"""Types that are unknown here, or narrower than meant: DuckDB's plain NUMERIC keeps three decimals, its FLOAT seven
digits."""
_NAME = re.compile(r"\"(?:[^\"]|\"\")*\"|(?<![\w\])\"'])\[(?P<bracketed>[A-Za-z_][\w .%/()#-]*?)\]")
"""A name of SQL, and one in brackets."""
_STRFTIME = re.compile(r"(?:%[YmdHyjabpS]|[^%\w]|T)*")
_TO_CHAR = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S", "YY": "%y", "DDD": "%j"}
_TO_CHAR_PARTS = re.compile(r"YYYY|HH24|DDD|MM|DD|MI|SS|YY|[-/:. ]")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "`": '"'})
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "<>", "\u00a0": " ", "\u202f": " ", "\u200b": "", "\ufeff": ""}
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#39;": "'"}
_FENCE = re.compile(r"^\s*```(?:\w+)?\s*(.*?)\s*```\s*$", re.DOTALL)


@dataclass(frozen=True)
class Translated:
    """SQL in DuckDB's words, and what could not be put into them."""

    sql: str
    problems: tuple[str, ...] = ()


def translate(sql: str) -> Translated:
    """`sql` of whatever database in DuckDB's words. Text that is DuckDB's already comes back as it was."""
    fenced = _FENCE.match(sql)
    pieces = [token.text for token in tokens(_outside_strings(fenced[1] if fenced else sql))]
    problems: list[str] = []
    pieces = _calls(_casts(pieces), problems)
    return Translated(_limits("".join(pieces), problems), tuple(dict.fromkeys(problems)))


def _outside_strings(sql: str) -> str:
    """Quotes, signs and escapes that are no SQL made plain; what stands in single quotes stays."""
    if not re.search(r"[“”„‘’≥≤≠`\[\u00a0\u202f\u200b\ufeff\\\b\f]|&\w+;|&#39;", sql):
        return sql
    parts = re.split(r"('(?:[^']|'')*')", sql.replace("\b", "\\b").replace("\f", "\\f"))
    return "".join(part if place % 2 else _plain(part) for place, part in enumerate(parts))


def _plain(part: str) -> str:
    for entity, sign in _ENTITIES.items():
        part = part.replace(entity, sign)
    part = part.replace('\\"', '"').replace("\\n", "\n").replace("\\t", " ").replace("\\'", "'")
    for sign, written in _SIGNS.items():
        part = part.replace(sign, written)
    part = re.sub(r"‘([^‘’]*)’", lambda found: "'" + found[1].replace("'", "''") + "'", part)
    return re.sub(_NAME, _bracketed, part.translate(_QUOTES))


def _bracketed(found: re.Match[str]) -> str:
    """T-SQL's [Unit Price], which DuckDB would take for a list of one; a list comprehension stays, and what stands in
    the name of a column."""
    inner = (found["bracketed"] or "").strip()
    return found[0] if not inner or re.search(r"\bfor\b|\(", inner) else quoted(inner)


def _casts(pieces: list[str]) -> list[str]:
    """Types as in _TYPES after :: and in CAST, unless they have a size of their own."""
    changed = list(pieces)
    for place, piece in enumerate(pieces):
        if piece.casefold() not in _TYPES or "(" in _next(pieces, place):
            continue
        cast = _is_cast(pieces, place)
        if cast or _before(pieces, place) == ":":
            changed[place] = _TYPES[piece.casefold()]
    return changed


def _is_cast(pieces: Sequence[str], place: int) -> bool:
    """Whether the word at `place` is the type of a CAST(… AS type)."""
    named = _before(pieces, place).casefold() == "as" and _next(pieces, place) == ")"
    return named and _in_cast(pieces, place)


def _in_cast(pieces: Sequence[str], place: int) -> bool:
    depth = 0
    for at in range(place - 1, -1, -1):
        depth += (pieces[at] == ")") - (pieces[at] == "(")
        if depth < 0:
            return _before(pieces, at).casefold() in ("cast", "try_cast")
    return False


def _before(pieces: Sequence[str], place: int) -> str:
    return next((piece for piece in reversed(pieces[:place]) if piece.strip()), "")


def _next(pieces: Sequence[str], place: int) -> str:
    return next((piece for piece in pieces[place + 1 :] if piece.strip()), "")


def _calls(pieces: list[str], problems: list[str]) -> list[str]:
    """Every call of a function in CALLS rewritten, the innermost first."""
    starts = [at for at, piece in enumerate(pieces) if piece.casefold() in CALLS and _next(pieces, at) == "("]
    for start in reversed(starts):
        opening = next(at for at in range(start + 1, len(pieces)) if pieces[at] == "(")
        arguments, end = _arguments(pieces, opening)
        if end is None:
            continue
        given = [argument.strip() for argument in arguments]
        new, problem = CALLS[pieces[start].casefold()](given)
        if problem:
            problems.append(problem)
        if new is not None:
            pieces = [*pieces[:start], new, *pieces[end + 1 :]]
    return pieces


def _arguments(pieces: Sequence[str], opening: int) -> tuple[list[str], int | None]:
    """The arguments of the call whose bracket opens at `opening`, and where it closes."""
    found, depth = [""], 0
    for at in range(opening, len(pieces)):
        piece = pieces[at]
        depth += (piece in ("(", "[")) - (piece in (")", "]"))
        if depth == 0:
            return found, at
        if piece == "," and depth == 1:
            found.append("")
        elif at > opening:
            found[-1] += piece
    return found, None


Given = list[str]
Change = tuple["str | None", str]
"""The new text (None: as it was) and a problem ("" for none)."""
_SAME: Change = (None, "")


def _part(text: str) -> str | None:
    """The part of a date that `text` names as a bare word."""
    return text.casefold() if text.casefold() in PARTS else None


def _truncate(given: Given) -> Change:
    if any(map(_written, given)):
        return _SAME
    if len(given) == 2 and (part := _part(given[0])):
        return f"date_trunc('{part}', {given[1]})", ""
    if len(given) == 2 and (part := _part(given[1])):
        return f"date_trunc('{part}', {given[0]})", ""
    return _SAME


def _date_part(given: Given) -> Change:
    if len(given) != 2 or not (part := _part(given[0])):
        return _weekday_part(given)
    return f"date_part('{part}', {given[1]})", ""


def _weekday_part(given: Given) -> Change:
    if len(given) == 2 and given[0].strip("'").casefold() in ("weekday", "dw"):
        return None, _WEEKDAY
    return _SAME


def _difference(given: Given) -> Change:
    """T-SQL's and Snowflake's (part, from, to); BigQuery's (to, from, part); MySQL's (to, from) in days."""
    if any(map(_written, given)):
        return _SAME
    if len(given) == 3 and (part := _part(given[0])):
        return f"date_diff('{part}', {given[1]}, {given[2]})", ""
    if len(given) == 3 and (part := _part(given[2])):
        return f"date_diff('{part}', {given[1]}, {given[0]})", ""
    return (f"date_diff('day', {given[1]}, {given[0]})", "") if len(given) == 2 else _SAME


def _whole_difference(given: Given) -> Change:
    if len(given) == 3 and (part := _part(given[0])):
        return f"date_sub('{part}', {given[1]}, {given[2]})", ""
    return _SAME


def _add(given: Given) -> Change:
    if len(given) == 3 and (part := _part(given[0])):
        return f"({given[2]} + to_{part}s({given[1]}))", ""
    return _SAME


def _minus_interval(given: Given) -> Change:
    return (f"({given[0]} - {given[1]})", "") if _has_interval(given) else _SAME


def _has_interval(given: Given) -> bool:
    return len(given) == 2 and given[1].casefold().startswith("interval")


def _written(text: str) -> str | None:
    """The text of a string literal."""
    return text[1:-1].replace("''", "'") if re.fullmatch(r"'(?:[^']|'')*'", text) else None


def _format_time(given: Given) -> Change:
    """strftime in either order; without a single code it would give the same text for every row."""
    code = next((text for text in map(_written, given) if text is not None), None)
    if len(given) == 2 and code is not None and "%" not in code:
        return None, f"strftime's {code!r} has no format code: use codes such as '%Y-%m'"
    return _SAME


def _date_format(given: Given) -> Change:
    code = _written(given[1]) if len(given) == 2 else None
    if code and "%" in code and _STRFTIME.fullmatch(code):
        return f"strftime({given[0]}, {given[1]})", ""
    return _SAME


def _format_date(given: Given) -> Change:
    code = _written(given[0]) if len(given) == 2 else None
    if code and "%" in code and _STRFTIME.fullmatch(code):
        return f"strftime({given[1]}, {given[0]})", ""
    return _SAME


def _to_char(given: Given) -> Change:
    code = _written(given[1]) if len(given) == 2 else None
    if code and re.fullmatch(rf"(?:{_TO_CHAR_PARTS.pattern})+", code) and re.search(r"[A-Z]", code):
        plain = _TO_CHAR_PARTS.sub(lambda found: _TO_CHAR.get(found[0], found[0]), code)
        return f"strftime({given[0]}, '{plain}')", ""
    return _SAME


def _logarithm(given: Given) -> Change:
    if len(given) == 1:
        return None, "log(x) is the decimal logarithm here and the natural one elsewhere: write ln(x) or log10(x)"
    return _SAME


_WEEKDAY = (
    "days of the week are numbered differently everywhere: write dayname(d) = 'Monday', or isodow(d) with 1 for Monday"
)


def _weekday(given: Given) -> Change:
    return None, _WEEKDAY


def _renamed(name: str, count: int) -> Callable[[Given], Change]:
    return lambda given: (f"{name}({', '.join(given)})", "") if len(given) == count else _SAME


CALLS: dict[str, Callable[[Given], Change]] = {
    "date_trunc": _truncate,
    "datetrunc": _truncate,
    "timestamp_trunc": _truncate,
    "date_part": _date_part,
    "datepart": _date_part,
    "datediff": _difference,
    "date_diff": _difference,
    "timestampdiff": _whole_difference,
    "dateadd": _add,
    "date_sub": _minus_interval,
    "strftime": _format_time,
    "date_format": _date_format,
    "format_date": _format_date,
    "to_char": _to_char,
    "isnull": _renamed("coalesce", 2),
    "iif": _renamed("if", 3),
    "iff": _renamed("if", 3),
    "log": _logarithm,
    "dayofweek": _weekday,
    "weekday": _weekday,
}
"""Functions of other databases, and those whose meaning differs, → how they are written here."""


def _limits(sql: str, problems: list[str]) -> str:
    """TOP n and LIMIT offset, count as DuckDB writes them; only at the top level, where the end is the statement's."""
    pieces = tokens(sql)
    words = [token for token in pieces if token.kind not in ("space", "comment")]
    spelled = [token.text.casefold() for token in words]
    if "top" in spelled[:3] and spelled[:1] == ["select"]:
        return _top(pieces, problems)
    if any(spelled[at] == "top" and spelled[at - 1] in ("select", "distinct") for at in range(1, len(spelled))):
        problems.append("TOP is not supported: use LIMIT at the end of that SELECT")
    return _offset_comma(sql)


def _top(pieces: list[Token], problems: list[str]) -> str:
    text = "".join(token.text for token in pieces)
    found = re.match(
        r"(?is)(\s*select\s+(?:distinct\s+)?)top\s*(?:\(\s*(\d+)\s*\)|(\d+)\b)(\s+percent\b|\s+with\s+ties\b)?(.*)",
        text,
    )
    if found is None:
        return text
    if found[4] or re.search(r"(?i)\b(limit|union|except|intersect)\b", found[5]):
        problems.append("TOP is not supported: use LIMIT at the end")
        return text
    rest = found[5].rstrip().rstrip(";")
    return f"{found[1]}{rest.lstrip()}\nLIMIT {found[2] or found[3]}"


def _offset_comma(sql: str) -> str:
    """MySQL's LIMIT offset, count."""
    pieces = tokens(sql)
    written = "".join(t.text if t.kind in ("word", "space", "other") else "x" * len(t.text) for t in pieces)
    found = re.search(r"(?i)\blimit\s+(\d+)\s*,\s*(\d+)", written)
    if found is None:
        return sql
    return f"{sql[: found.start()]}LIMIT {found[2]} OFFSET {found[1]}{sql[found.end() :]}"
