"""num(): text that holds a number, as DuckDB's SQL. Every engine that binds or runs plans knows it."""

from __future__ import annotations

import duckdb

from analyst.core.numerals import (
    BETWEEN,
    FOREIGN,
    LEAD,
    LETTERS,
    MARKS,
    NO_UNITS,
    NOTE,
    PLAIN,
    PLAIN_DIGITS,
    SCALES,
    SPLIT,
    TAIL,
)
from analyst.core.quoting import literal, literals

_SCALED = " ".join(f"WHEN {literal(word)} THEN {scale!r}" for word, scale in SCALES.items())
_WORD = r"^[+]? ?([^0-9\s.%()+€$£¥₹]+)"
_MACROS = (
    # Most text is ASCII: a cheap test spares it the translation.
    f"""num_plain(x) AS CASE WHEN strlen(x) = length(x) THEN x
        ELSE translate(x, {literal(FOREIGN + MARKS)}, {literal(PLAIN)}) END""",
    f"num_split(x) AS regexp_extract(num_plain(x), {literal(SPLIT)}, ['lead', 'digits', 'tail'])",
    f"""num_parts(p) AS {{'lead': p.lead, 'digits': p.digits,
        'tail': CASE WHEN p.tail = '' THEN '' ELSE regexp_replace(p.tail, {literal(NOTE)}, '') END}}""",
    f"num_bare(digits) AS translate(digits, {literal(BETWEEN)}, '')",
    # Three digits after a separator are thousands; with one comma and another count of digits it is a decimal comma.
    r"""num_usual(s) AS CASE
        WHEN regexp_full_match(s, '[1-9][0-9]{0,2}(,[0-9]{3})+([.][0-9]+)?') THEN replace(s, ',', '')
        WHEN regexp_full_match(s, '[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}([.][0-9]+)?') THEN replace(s, ',', '')
        WHEN regexp_full_match(s, '[0-9]{1,3}([.][0-9]{3})+,[0-9]+') THEN replace(replace(s, '.', ''), ',', '.')
        WHEN regexp_full_match(s, '[0-9]{1,3}([.][0-9]{3}){2,}') THEN replace(s, '.', '')
        WHEN regexp_full_match(s, '[0-9]*,[0-9]*') THEN replace(s, ',', '.') ELSE s END""",
    f"num_word(tail) AS lower(regexp_extract(tail, {literal(_WORD)}, 1))",
    # A small letter alone is a scale behind money only: "5 m" are metres, "$5m" millions.
    f"""num_scale(lead, tail) AS CASE WHEN tail = '' THEN 1
        WHEN num_word(tail) IN ({literals(LETTERS)}) AND regexp_full_match(tail, '[+]? ?[mbt]') AND lead = '' THEN 1
        ELSE CASE num_word(tail) {_SCALED} ELSE 1 END END""",
    r"""num_share(tail) AS CASE WHEN tail = '' THEN 1 WHEN contains(tail, '‰') THEN 1000
        WHEN regexp_matches(tail, '(?i)%|^ ?(percent|prozent|pct)') THEN 100 ELSE 1 END""",
    """num_sign(lead, tail) AS CASE WHEN contains(lead, '-') OR ends_with(tail, '-')
        OR (contains(lead, '(') AND contains(tail, ')')) THEN -1 ELSE 1 END""",
    f"""num_fits(p) AS p.digits <> '' AND regexp_full_match(p.digits, {literal(PLAIN_DIGITS)})
        AND (p.lead = '' OR regexp_full_match(p.lead, {literal(LEAD)}))
        AND (p.tail = '' OR (regexp_full_match(p.tail, {literal(TAIL)})
            AND num_word(p.tail) NOT IN ({literals(sorted(NO_UNITS))})))""",
    """num_read(p) AS CASE WHEN num_fits(p) THEN num_sign(p.lead, p.tail) * num_scale(p.lead, p.tail)
        * TRY_CAST(num_usual(num_bare(p.digits)) AS DOUBLE) / num_share(p.tail) END""",
    # Lists of one, so that the text is split once and not wherever its parts are named.
    """num_text(x) AS list_transform(
        list_transform([num_split(x)], lambda p: num_parts(p)), lambda p: num_read(p))[1]""",
    """num(x) AS CASE WHEN isfinite(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE)) THEN TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE)
        ELSE num_text(CAST(x AS VARCHAR)) END""",
)


def define_num(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `num(x)` callable on `connection`: a DOUBLE, or NULL where `x` does not read as one number.

    '1,234' 1234; '$5' 5; '12%' 0.12; '(3.50)' -3.5; '1.234,5' and '1 234,5' 1234.5; '2.5k' 2500; '630[495-801]' 630;
    '5 kg' 5; '1,000+' 1000; '<0.01' 0.01; '٣٤' 34; '2024-01-05', '10-20' and 'about 5' NULL. Where a column proves how
    its numbers are written, analyst.datasets.written has read it so already, by the same patterns.
    """
    for macro in _MACROS:
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {macro}")
