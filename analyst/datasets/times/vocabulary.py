"""Words of time in the languages that tables come in: months, days of the week, zones; words of headers."""

from __future__ import annotations

_NAMES = """
january jan januar jaenner janner jan. janvier janv enero ene gennaio gen janeiro januari
february feb februar febr fevrier fevr fev febrero febbraio fevereiro februari
march mar marz maerz mrz mars marzo marco maart mrt
april apr avril avr abril abr aprile
may mai mayo maggio mag maio mei maj
june jun juni juin junio giugno giu junho
july jul juli juillet juil julio luglio lug julho
august aug aout agosto ago augustus augusti
september sep sept septembre septiembre setiembre set settembre setembro
october oct oktober okt octobre octubre ottobre ott outubro out
november nov novembre noviembre novembro
december dec dezember dez decembre diciembre dic dicembre dezembro
"""
_FOREIGN_NAMES = """
stycznia styczen sty ledna leden января январь янв січня січень ocak oca ianuarie tammikuuta tammikuu ιανουαριου ιαν |
lutego luty lut unora unor февраля февраль фев лютого лютий subat sub februarie februar helmikuuta helmikuu
φεβρουαριου φεβ |
mart marca marzec brezna brezen марта март мар березня березень marcius marc martie maaliskuuta maaliskuu μαρτιου μαρ |
kwietnia kwiecien kwi dubna duben апреля апрель апр квітня квітень nisan nis aprilis aprilie huhtikuuta huhtikuu
απριλιου απρ |
maja kvetna kveten мая маи май травня травень mayıs mayis majus toukokuuta toukokuu μαιου μαι |
czerwca czerwiec cze cervna cerven июня июнь июн червня червень haziran haz junius iunie kesakuuta kesakuu ιουνιου
ιουν |
lipca lipiec lip cervence cervenec июля июль июл липня липень temmuz tem julius iulie heinakuuta heinakuu ιουλιου
ιουλ |
sierpnia sierpien sie srpna srpen августа август авг серпня серпень agustos agu augusztus elokuuta elokuu αυγουστου
αυγ |
wrzesnia wrzesien wrz zari сентября сентябрь сен сент вересня вересень eylul eyl szeptember szept septembrie
syyskuuta syyskuu σεπτεμβριου σεπ |
pazdziernika pazdziernik paz rijna rijen октября октябрь окт жовтня жовтень ekim eki octombrie lokakuuta lokakuu
οκτωβριου οκτ |
listopada listopadu listopad lis ноября ноябрь ноя листопада листопад kasım kasim kas noiembrie marraskuuta marraskuu
νοεμβριου νοε |
grudnia grudzien gru prosince prosinec декабря декабрь дек грудня грудень aralık aralik ara decembrie joulukuuta
joulukuu δεκεμβριου δεκ
"""
MONTH_NUMBERS = {
    name: number
    for months in (_NAMES.strip().splitlines(), _FOREIGN_NAMES.split("|"))
    for number, names in enumerate(months, 1)
    for name in names.split()
    if name[-1] != "."
}
"""Names of months and their short forms, in lower case and without accents: English, German, French, Spanish, Italian,
Portuguese, Dutch, Scandinavian; Polish, Czech, Russian, Ukrainian, Turkish, Hungarian, Romanian, Finnish, Greek."""
_WEEKDAYS = """
monday mon tuesday tues tue wednesday wed thursday thurs thur thu friday fri saturday sat sunday sun
montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sonnabend sa sonntag so
lundi lun mardi mar mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim
lunes martes mie miercoles jueves jue viernes vie sabado sab domingo dom
lunedi martedi mercoledi giovedi gio venerdi sabato domenica
segunda-feira segunda seg terca-feira terca ter quarta-feira quarta qua quinta-feira quinta qui sexta-feira sexta sex
maandag ma dinsdag woensdag wo donderdag vrijdag vr zaterdag za zondag zo
"""
ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120,
    "eet": 120, "eest": 180, "msk": 180, "jst": 540, "aest": 600, "aedt": 660, "est": -300, "edt": -240, "cst": -360,
    "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
"""Names of zones and their minutes east of Greenwich."""
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
"""Japanese eras and the year before their first."""


def choice(words: list[str]) -> str:
    """A pattern for any of `words`, longer ones first."""
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


MONTH = choice(list(MONTH_NUMBERS))
WEEKDAY = choice(_WEEKDAYS.split())
ZONE = rf"{choice(list(ZONES))}|(?:utc|gmt)?\s?[-+]\d{{1,2}}(?::?\d{{2}})?"

DATE_WORDS = frozenset(
    """
    date dates day datum fecha data dt jour tag dia giorno dato datetime timestamp when moment period yyyymmdd datekey
    birthday dob born
    """.split()  # noqa: SIM905
)
"""Words of a header that speak of days. "data" is Italian and Portuguese for date: its values must show it."""
MONTH_WORDS = frozenset(
    "month months period yearmonth ym yyyymm monat mois mes mese maand moment".split()  # noqa: SIM905
)
"""Words of a header that speak of months."""
YEAR_PARTS = frozenset("year yr jahr annee année año ano anno jaar yyyy".split())  # noqa: SIM905
MONTH_PARTS = frozenset("month mo mth mon monat mois mes mês mese maand mm".split())  # noqa: SIM905
QUARTER_PARTS = frozenset("quarter qtr quartal trimestre kwartaal".split())  # noqa: SIM905
WEEK_PARTS = frozenset("week wk kw woche semaine semana settimana".split())  # noqa: SIM905
DAY_PARTS = frozenset("day dd dom tag jour dia día giorno dag".split())  # noqa: SIM905
"""Words of headers above parts of a date."""
QUANTITY_WORDS = frozenset(
    """
    amount price cost fee count days number no nr total sum value qty quantity sales revenue units score rate age id
    index size weight version
    """.split()  # noqa: SIM905
)
"""Words of a header that speak of how much: "date fee" is a fee."""
NO_DATE_WORDS = frozenset(
    """
    version versions release build firmware revision section clause chapter ip score scores ratio odds size dimension
    dimensions fraction result phone telephone tel fax zip postcode range bin bracket aspect resolution
    """.split()  # noqa: SIM905
)
"""Words of a header whose values look like dates (1.2.24, 10-2000, 3/4) and are none."""
