"""num(): text that holds a number, as DuckDB's SQL. Every engine that binds or runs plans knows it."""

from __future__ import annotations

import duckdb

_DIGITS = r"[0-9]+(?:[,.''\s\x{00a0}\x{202f}\x{2009}][0-9]{3})*(?:[.,][0-9]+)?|[.,][0-9]+"
_MONEY = r"(?:US\$|[$€£¥₹]|USD|EUR|GBP|CHF)?"
_PATTERN = (
    rf"^\s*(\(?)\s*([-+−]?)\s*{_MONEY}\s*([-+−]?)\s*({_DIGITS})"
    r"\s*(%|[kKM]|bn|[$€£¥₹]|[A-Za-zµ°/²³]{2,12})?\s*(?:\[.*\]|\(.*\)|±.*)?\s*\)?\s*$"
)
_MACROS = (
    f"num_part(x, n) AS regexp_extract(CAST(x AS VARCHAR), '{_PATTERN}', n)",
    # Three digits after a separator are thousands; with one comma and another count of digits it is a decimal comma.
    r"""num_plain(s) AS CASE
        WHEN regexp_full_match(s, '[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?') THEN replace(s, ',', '')
        WHEN regexp_full_match(s, '[0-9]{1,3}([.][0-9]{3})+,[0-9]+') THEN replace(replace(s, '.', ''), ',', '.')
        WHEN regexp_full_match(s, '[0-9]{1,3}([.][0-9]{3}){2,}') THEN replace(s, '.', '')
        WHEN regexp_full_match(s, '[0-9]*,[0-9]+') THEN replace(s, ',', '.') ELSE s END""",
    "num_scale(unit) AS CASE unit WHEN 'k' THEN 1e3 WHEN 'K' THEN 1e3 WHEN 'M' THEN 1e6 WHEN 'bn' THEN 1e9 ELSE 1 END",
    "num_sign(a, b, c) AS CASE WHEN a = '(' OR b IN ('-', '−') OR c IN ('-', '−') THEN -1 ELSE 1 END",
    r"""num_read(x) AS num_sign(num_part(x, 1), num_part(x, 2), num_part(x, 3)) * num_scale(num_part(x, 5))
        * TRY_CAST(num_plain(regexp_replace(num_part(x, 4), '[''\s\x{00a0}\x{202f}\x{2009}]', '', 'g')) AS DOUBLE)""",
    """num(x) AS CASE WHEN isfinite(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE)) THEN TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE)
        ELSE num_read(x) END""",
)


def define_num(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `num(x)` callable on `connection`: a DOUBLE, or NULL where `x` does not read as one number.

    '1,234' 1234; '$5' 5; '12%' 12; '(3.50)' -3.5; '1.234,5' and '1 234,5' 1234.5; '2.5k' 2500; '630[495-801]' 630;
    '5 kg' 5; '2024-01-05' and 'about 5' NULL.
    """
    for macro in _MACROS:
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {macro}")
