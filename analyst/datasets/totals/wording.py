"""Words that name a total, an average or everything, in the languages that tables come in."""

from __future__ import annotations

import re
from enum import IntEnum

from analyst.core.text import fold

_TOTALS = """
total totals totl grandtotal subtotal subtotals overall sum sums summary
gesamt gesamtsumme gesamtergebnis gesamtwert insgesamt summe zwischensumme teilergebnis teilsumme endsumme
totaux ensemble sous-total somme
soma somas suma sumas subtotales totales conjunto
totale totali somma complessivo complessiva
totaal totalen subtotaal eindtotaal som
totalt summa delsumma ialt subtotalt
yhteensä välisumma razem ogółem łącznie celkem spolu součet összesen részösszeg totais subtotais toplam jumlah
итого всего суммарно сумма итог итоги подитог разом усього συνολο tong مجموع اجمالي
""".split()  # noqa: SIM905
_JOINED: tuple[str, ...] = (
    "合計",
    "合计",
    "总计",
    "總計",
    "小計",
    "小计",
    "总和",
    "總和",
    "総計",
    "합계",
    "총계",
    "소계",
    "총합",
)
_JOINED += ("المجموع", "الإجمالي", 'סה"כ', "סה״כ", "कुल", "योग", "รวม", "Σ")
"""Words of scripts that part no words by spaces, and those with an article: found anywhere in a label."""
_ALL = """
all alle alles tous toutes tout todos todas todo tutti tutte alla kaikki wszystkie wszyscy все весь everything both
""".split()  # noqa: SIM905
_ALL_JOINED = ("全部", "全体", "全體", "전체", "すべて")
_AVERAGES = """
average averages avg mean median durchschnitt mittelwert mittel moyenne mediane promedio media mediana gemiddelde
genomsnitt gennemsnit keskiarvo średnia průměr átlag среднее средняя медиана ortalama
minimum min maximum max std stdev stddev count anzahl nombre recuento
""".split()  # noqa: SIM905
_AVERAGES_JOINED = ("平均", "평균", "المتوسط")
_ADDED = """
grand general generale général geral over the of de du des der die das in for por di and und et y e cong
allgemein row rows lines zeilen lignes filas records entries n usd eur gbp chf net gross brutto netto
""".split()  # noqa: SIM905
"""Words that may stand beside one for a total without naming anything."""
_STARS = r"\*{1,4}"
"""What SAP's lists write before totals, one more for each level."""
_MOST_WORDS, _MOST_CHARS = 7, 60


class Says(IntEnum):
    """How surely a label names a total: not at all, with other words beside it, or with nothing else."""

    NOTHING = 0
    LOOSELY = 1
    PLAINLY = 2


def words_of(label: str) -> list[str]:
    """The words of a label without case, accents and what stands in parentheses."""
    bare = re.sub(r"[(\[].*?[)\]]", " ", label)
    return re.findall(r"[^\W_]+", fold(bare).replace("sub-total", "subtotal").replace("sous-total", "total"))


_TOTAL_SET = frozenset(fold(word) for word in _TOTALS)
_ALL_SET = frozenset(fold(word) for word in _ALL)
_AVERAGE_SET = frozenset(fold(word) for word in _AVERAGES)
_ADDED_SET = frozenset(fold(word) for word in _ADDED)


def says_total(label: str | None) -> Says:
    """Whether `label` names a total: "Grand Total", "TOTAL (USD)" and "Summe 2024" plainly, "North Total" loosely."""
    if not label or len(label) > _MOST_CHARS:
        return Says.NOTHING
    words = words_of(label)
    if re.fullmatch(_STARS, label.strip()):
        return Says.LOOSELY
    joined = next((word for word in (*_JOINED, *_ALL_JOINED) if word in label), None)
    if joined is not None:
        return Says.LOOSELY if words_of(label.replace(joined, " ")) else Says.PLAINLY
    if not words or len(words) > _MOST_WORDS:
        return Says.NOTHING
    rest = [word for word in words if word not in _TOTAL_SET | _ADDED_SET and not word.isdigit()]
    if any(word in _TOTAL_SET for word in words):
        return Says.LOOSELY if rest and rest != ["i"] else Says.PLAINLY
    if words in (["i", "alt"], ["totalt"]):
        return Says.PLAINLY
    return (Says.PLAINLY if len(words) == 1 else Says.LOOSELY) if words[0] in _ALL_SET else Says.NOTHING


def says_average(label: str | None) -> bool:
    """Whether `label` is nothing but the name of a statistic of the rows: "Average", "Median 2024"; "391 min" is a
    value."""
    if not label or len(label) > _MOST_CHARS:
        return False
    words = words_of(label)
    if words and words[0].isdigit() and not re.fullmatch("(19|20)[0-9]{2}", words[0]):
        return False
    plain = [word for word in words if word not in _ADDED_SET and not word.isdigit()]
    return (bool(plain) and all(word in _AVERAGE_SET for word in plain)) or label.strip() in _AVERAGES_JOINED


def named_beside(label: str) -> str:
    """What a label names beside the total, folded: "north" of "North Total"."""
    left = [word for word in words_of(label) if word not in _TOTAL_SET | _ADDED_SET | _ALL_SET]
    return " ".join(left)


def sql_pattern() -> str:
    """A regular expression (RE2) for lines that may name a total or an average; says_total and says_average judge.

    It lets a few more pass than they do: Unicode's classes of letters, which would tell words from parts of words in
    every script, take the engine longer to prepare than all the rows of most tables to read.
    """
    spelled = sorted({*_TOTALS, *_AVERAGES, "i alt", *(fold(word) for word in (*_TOTALS, *_AVERAGES))})
    words = "|".join(re.escape(word) for word in spelled if word.isascii())
    joined = "|".join((*_JOINED, *_ALL_JOINED, *_AVERAGES_JOINED))
    others = "|".join(re.escape(word) for word in spelled if not word.isascii())
    told = rf"(?:^|[^a-z])(?:{words})(?:[^a-z]|$)|^[^a-z]*(?:{'|'.join(_ALL)})(?:[^a-z]|$)"
    return rf"(?m)^\s*{_STARS}\s*$|{joined}|(?i){others}|{told}"
