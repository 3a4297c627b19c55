"""How a value is written for a reader: the only place where a number becomes text.

Rounding is `Decimal(repr(x)).quantize(ROUND_HALF_UP)`: 130.475 becomes 130.48, as a person rounds, where formatting
the binary float would give 130.47.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from analyst.core import text
from analyst.protocol.references import MAX_DIGITS

SMALLEST_P = Decimal("0.0001")
"""Below this a p-value's digits say nothing that a reader could use."""
MAX_LISTED = 10
"""Items of a list that are written out; the rest is counted."""
MONEY = "money:"
"""How a format begins that names a currency: "money:€", "money:CHF"."""
UNIT = "unit:"
"""How a format begins that names another unit of the column: "unit:percent" (45 is 45 %)."""
FRACTION, PERCENT = f"{UNIT}%", f"{UNIT}percent"
"""0.45 is 45 %; 45 is 45 %."""
_COEFFICIENTS = re.compile(
    r"^(r|r_low|r_high|r2|adj_r2|association|cramers_v|gini|hhi|cohens_d(_low|_high)?|rank_biserial|correlation|skew_\w+|"
    r"kurt_\w+|robust_z|z|silhouette)$"
)
"""Figures without a unit that say something in two decimals only."""
_LARGE = ((Decimal("1e12"), "trillion"), (Decimal("1e9"), "billion"), (Decimal("1e6"), "million"))

_WIDE = Context(prec=400)
_FLOAT = Context(prec=15)
"""Digits that a double holds for sure."""
_UNSAFE = re.compile("[\u0000-\u001f\u007f-\u009f\u2028\u2029]+")
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_PLAIN_NAMES = re.compile(
    r"(^|(?<!per)_)(year|yr|id|code|zip|zipcode|postcode|postal_code|sku|isbn|ean)$", re.IGNORECASE
)
_P_NAMES = re.compile(r"^(p|p_value|pvalue|p_adjusted|f_p|p_welch|.*_p)$", re.IGNORECASE)


def clean_text(text: str) -> str:
    """`text` on one line, without control, bidirectional and zero-width characters that could disguise it."""
    return _INVISIBLE.sub("", _UNSAFE.sub(" ", text))


def kind_of(column: str, declared: str | None) -> str | None:
    """The format of `column`: as declared, or by names that leave no doubt (`p`, `year`, `…_id`); None: by its size."""
    if _PLAIN_NAMES.search(column) and declared in (None, "integer", "number"):
        return "plain"
    if _P_NAMES.match(column) and declared in (None, "number"):
        return "p_value"
    if _COEFFICIENTS.match(column) and declared in (None, "number"):
        return "coefficient"
    return declared


def show(
    value: Any,
    kind: str | None = None,
    *,
    digits: int | None = None,
    percent: bool = False,
    sign: bool = False,
    prose: bool = False,
) -> str:
    """`value` as text. `kind` is one of protocol.evidence.FORMATS, "plain" (no thousands separators), "money:€" (with
    that currency), "unit:percent" (see UNIT) or None.

    `digits`: decimals asked for, else chosen by kind and size; `percent`: times 100 with a percent sign; `sign`: a
    plus before what is above zero; `prose`: large numbers as "3.45 million". ValueError for NaN and infinity.
    """
    if value is None:
        return "no value"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, (int, float, Decimal)):
        return _show_text(str(value), kind)
    number = to_decimal(value)
    if percent or (kind in ("percent", FRACTION) and digits is None):
        shown = _show_percent(number, digits, prose)
    elif kind == PERCENT:
        shown = _show_percent(number / 100, digits, prose)
    elif kind == "duration":
        shown = _show_duration(number)
    elif kind == "p_value":
        shown = _show_p(number, digits)
    elif prose and digits is None and kind != "plain" and abs(number) >= _LARGE[-1][0]:
        shown = _with_currency(_in_millions(number), kind)
    else:
        shown = _with_currency(_show_number(number, kind, digits, prose), kind)
    positive = number > 0 and shown[0] not in "<-" and any(c in "123456789" for c in shown)
    return f"+{shown}" if sign and positive else shown


def is_unit(kind: str | None) -> bool:
    """Whether a format names the unit of a column, a currency or another one."""
    return kind is not None and kind.startswith((MONEY, UNIT))


def as_value(
    value: Any, kind: str | None = None, *, digits: int | None = None, percent: bool = False, sign: bool = False
) -> str:
    """`value` for a program to read: plain digits without separators, as many decimals as asked for, else all of them.

    Booleans are true and false. ValueError for NaN and infinity.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or not isinstance(value, (int, float, Decimal)):
        return "" if value is None else _show_text(str(value), kind)
    number = to_decimal(value)
    if percent:
        number = _WIDE.multiply(number, Decimal(100))
    exact = rounded(number, digits) if digits is not None else _without_noise(number)
    return f"{'+' if sign and exact > 0 else ''}{exact:f}{'%' if percent else ''}"


def _without_noise(number: Decimal) -> Decimal:
    """The number as far as a float is exact: 0.1 + 0.2 is 0.3; 5.0 is 5; never minus zero."""
    number = abs(number) if number == 0 else number
    if number == number.to_integral_value():
        return number.quantize(Decimal(1), context=_WIDE)
    exact = number.normalize(_FLOAT)
    return exact if exact.adjusted() < 15 else number


def as_list(items: Sequence[str]) -> str:
    """A list for a program to read: its items between commas, one with a comma of its own in quotes; "[]" for none."""
    quoted = (f'"{item}"' if "," in item and len(items) > 1 else item for item in items)
    return ", ".join(quoted) if items else "[]"


def is_money(kind: str | None) -> bool:
    """Whether values of this kind are amounts of a currency."""
    return kind is not None and kind.startswith(MONEY)


def _with_currency(shown: str, kind: str | None) -> str:
    """The number behind its currency, a minus before both: "-€3,508", "CHF 12.50"."""
    if kind is None or not is_money(kind):
        return shown
    symbol = kind.removeprefix(MONEY)
    minus, figure = ("-", shown[1:]) if shown.startswith("-") else ("", shown)
    return f"{minus}{symbol}{' ' if symbol[-1].isalpha() else ''}{figure}"


def _in_millions(number: Decimal) -> str:
    """A large number in words: two decimals below a hundred of its unit, else one."""
    for place, (size, word) in enumerate(_LARGE):
        scaled = number / size
        if abs(scaled) < 1 and place < len(_LARGE) - 1 and abs(scaled) < Decimal("0.99995"):
            continue
        digits = 2 if abs(scaled) < 100 else 1
        return f"{_trimmed(rounded(scaled, digits))} {word}"
    raise AssertionError("no number is larger than its largest unit")


def _trimmed(number: Decimal) -> str:
    """The number without zeros at the end of its decimals."""
    shown = f"{number:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def to_decimal(value: int | float | Decimal) -> Decimal:
    """The number as a person reads it: a float by its shortest text. ValueError for NaN and infinity."""
    if isinstance(value, float):
        value = float(value)
        if not math.isfinite(value):
            raise ValueError(f"{value!r} is not a number to show")
        return Decimal(repr(value))
    return Decimal(value)


def rounded(number: Decimal, digits: int) -> Decimal:
    """`number` with `digits` decimals (negative: tens, hundreds), halves away from zero; never minus zero."""
    exact = number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=_WIDE)
    return abs(exact) if exact == 0 else exact


def kept(items: Sequence[str], total: int) -> list[str]:
    """The items of a list of `total` that are written out."""
    return list(items) if total == len(items) <= MAX_LISTED + 1 else list(items[:MAX_LISTED])


def listed(items: Sequence[str], total: int | None = None) -> str:
    """`items` as "a, b and c"; beyond MAX_LISTED, "a, b, … and 12 more". `total`: how many there really are."""
    total = len(items) if total is None else total
    shown = kept(items, total)
    if total > len(shown):
        return f"{', '.join(shown)} and {total - len(shown):,} more"
    return text.listed(shown)


def _show_text(text: str, kind: str | None) -> str:
    if kind == "date" and (found := re.match(r"(\d{4}-\d\d-\d\d)[T ]00:00(:00(\.0+)?)?$", text)):
        return found[1]
    return clean_text(text).strip()


def _show_percent(number: Decimal, digits: int | None, prose: bool) -> str:
    share = _WIDE.multiply(number, Decimal(100))
    if digits is None:
        whole = share == share.to_integral_value() or abs(share) >= 100
        digits = 0 if whole else 1 if abs(share) >= Decimal("0.1") else _significant(share, 1)
        if prose:
            return f"{_trimmed(rounded(share, digits))}%"
    return f"{rounded(share, digits):,f}%"


def percent_digits(values: Sequence[Any]) -> int | None:
    """The decimals that suit all shares of a column as percent; None where one is so small that each knows best."""
    known = [to_decimal(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    parts = [abs(value) * 100 for value in known]
    if not parts or any(0 < part < Decimal("0.1") for part in parts):
        return None
    return 0 if all(part == part.to_integral_value() or part >= 100 for part in parts) else 1


def _show_duration(number: Decimal) -> str:
    """Seconds as hours, minutes and seconds, hours beyond a day too; hundredths below ten seconds."""
    digits = 2 if abs(number) < 10 and number != number.to_integral_value() else 0
    seconds = rounded(abs(number), digits)
    hours, minutes = divmod(int(seconds) // 60, 60)
    rest = seconds % 60
    sign = "-" if number < 0 and seconds else ""
    return f"{sign}{hours:,}:{minutes:02}:{rest:0{3 + digits if digits else 2}.{digits}f}"


def _show_p(number: Decimal, digits: int | None) -> str:
    if digits is None:
        digits = 4 if number < Decimal("0.01") else 3 if number < Decimal("0.1") else 2
    exact = rounded(number, digits)
    if exact == 0 and number >= 0:
        return f"< {max(Decimal(1).scaleb(-digits), SMALLEST_P):f}"
    return f"{exact:f}"


def _show_number(number: Decimal, kind: str | None, digits: int | None, prose: bool) -> str:
    if digits is None:
        if kind in ("integer", "plain"):
            digits = 0
        elif kind == "coefficient":
            digits = 2
        elif abs(number) >= Decimal("1e15") or 0 < abs(number) < Decimal("1e-6"):
            return f"{number:.3g}".replace("e+", "e").replace("E+", "e")
        elif is_money(kind):
            digits = 0 if number == number.to_integral_value() or abs(number) >= 1000 else 2
        else:
            digits = decimals_of(number)
            if prose:
                return _trimmed(rounded(number, digits))
    exact = rounded(number, digits)
    return f"{exact:f}" if kind == "plain" else f"{exact:,f}"


def decimals_of(number: Decimal) -> int:
    """The decimals of a number that a reader can use: none from 1,000 on, about three significant digits below."""
    size = abs(number)
    if number == number.to_integral_value() or size >= 1000:
        return 0
    if size >= 1:
        return 1 if size >= 100 else 2
    decimals = _significant(number, 3)
    exact = rounded(number, decimals).normalize().as_tuple().exponent
    return max(2, min(decimals, -int(exact)))


def _significant(number: Decimal, digits: int) -> int:
    """The decimals that show `digits` significant digits of a number below 1."""
    return min(MAX_DIGITS, digits - 1 - number.adjusted()) if number else 0


def has_digit(text: str) -> bool:
    """Whether `text` shows a number."""
    return any(char.isdigit() for char in text)
