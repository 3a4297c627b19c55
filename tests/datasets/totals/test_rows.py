"""Total rows go while a table is read, wherever they stand and whatever they are called; rows that only look so stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from analyst.datasets.opening import open_table
from analyst.protocol.table import OpenedTable

Opener = Callable[..., OpenedTable]
Rows = list[tuple[Any, ...]]
SHOPS = [
    ("Lyon", "Lamp", 61, 310.5),
    ("Lyon", "Desk", 40, 512.25),
    ("Nice", "Lamp", 73, 180.0),
    ("Nice", "Chair", 13, 77.4),
    ("Brest", "Desk", 25, 640.1),
    ("Brest", "Chair", 58, 222.9),
]
UNITS, SALES = sum(row[2] for row in SHOPS), round(sum(row[3] for row in SHOPS), 2)


def csv(rows: Sequence[Sequence[object]], header: str = "shop,product,units,sales") -> str:
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    return "\n".join([header, *lines]) + "\n"


def left_out(table: OpenedTable) -> int:
    return sum(note.count for note in table.notes if note.kind == "totals_row")


LABELS = [
    *("Total", "TOTAL", "Grand Total", "Grand total:", "**Total**", "Totals", "TOTAL (USD)", "Totals (6 rows)"),
    *("Overall", "Sum", "Sum total", "Total 2024", "2024 Total", "Subtotal", "All", "All shops", "Total sales"),
    *("Gesamt", "Gesamtsumme", "Summe 2024", "Insgesamt", "Gesamtergebnis", "Total général", "Ensemble", "Somme"),
    *("Suma", "Total general", "Totale", "Totale complessivo", "Totaal", "Eindtotaal", "Totalt", "I alt", "Yhteensä"),
    *("Razem", "Ogółem", "Celkem", "Összesen", "Toplam", "Total geral", "Итого", "Всего", "Суммарно", "Σ"),
    *("合計", "总计", "總計", "小計", "합계", "총계", "الإجمالي", "المجموع", 'סה״כ', "कुल", "Tổng cộng", "Jumlah"),
]  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("first", [False, True], ids=["last", "first"])
def test_a_grand_total_goes_whatever_it_is_called(label: str, first: bool, opened: Opener, rows: Any) -> None:
    total = (label, None, UNITS, SALES)
    table = opened(csv([total, *SHOPS] if first else [*SHOPS, total]))
    assert rows(table) == SHOPS
    assert [(note.kind, note.count) for note in table.notes] == [("totals_row", 1)]
    assert label in table.notes[0].message


def test_a_total_in_any_of_the_columns_of_names_goes(opened: Opener, rows: Any) -> None:
    assert rows(opened(csv([*SHOPS, (None, "Total", UNITS, SALES)]))) == SHOPS


def test_a_last_row_without_any_name_goes_when_it_holds_the_sums(opened: Opener, rows: Any) -> None:
    table = opened(csv([*SHOPS, (None, None, UNITS, SALES)]))
    assert rows(table) == SHOPS
    assert table.notes[0].message.startswith("1 total row was left out,")


def test_a_total_that_no_word_names_goes_by_its_figures(opened: Opener, rows: Any) -> None:
    assert rows(opened(csv([*SHOPS, ("Company", None, UNITS, SALES)]))) == SHOPS


def test_a_nameless_last_row_that_holds_no_sums_stays(opened: Opener) -> None:
    table = opened(csv([*SHOPS, (None, None, 31, 150.5)]))
    assert (table.rows, left_out(table)) == (7, 0)


def blocks(label: Callable[[str], tuple[object, object]], *, before: bool = False) -> Rows:
    """SHOPS with a subtotal for each shop and a grand total."""
    found: Rows = []
    for shop in ("Lyon", "Nice", "Brest"):
        own = [row for row in SHOPS if row[0] == shop]
        total = (*label(shop), sum(row[2] for row in own), round(sum(row[3] for row in own), 2))
        found += [total, *own] if before else [*own, total]
    return [*found, ("Grand Total", None, UNITS, SALES)]


SUBTOTALS: dict[str, Callable[[str], tuple[object, object]]] = {
    "the group and a word": lambda shop: (f"{shop} Total", None),
    "a word and the group": lambda shop: (f"Total {shop}", None),
    "the group beside a blank": lambda shop: (shop, None),
    "the group beside a word": lambda shop: (shop, "Subtotal"),
    "the group beside a word for everything": lambda shop: (shop, "All"),
    "a word alone": lambda shop: ("Subtotal", None),
    "a word in another language": lambda shop: ("Zwischensumme", None),
    "nothing": lambda shop: (None, None),
}


@pytest.mark.parametrize("before", [False, True], ids=["below", "above"])
@pytest.mark.parametrize("kind", SUBTOTALS)
def test_subtotals_of_groups_go_above_and_below_them(kind: str, before: bool, opened: Opener, rows: Any) -> None:
    table = opened(csv(blocks(SUBTOTALS[kind], before=before)))
    assert rows(table) == SHOPS
    assert left_out(table) == 4


def test_subtotals_of_two_levels_go(opened: Opener, rows: Any) -> None:
    data: Rows = []
    leaves: Rows = []
    for region in ("North", "South"):
        for shop in ("A", "B"):
            own = [(region, f"{region}-{shop}", month, 17 * month + len(leaves)) for month in (1, 2, 3)]
            leaves += own
            data += [*own, (region, f"{region}-{shop} Total", None, sum(row[3] for row in own))]
        data.append((f"{region} Total", None, None, sum(row[3] for row in leaves if row[0] == region)))
    data.append(("Grand Total", None, None, sum(row[3] for row in leaves)))
    table = opened(csv(data, "region,shop,month,units"))
    assert rows(table) == leaves
    assert left_out(table) == 7


def test_subtotals_away_from_their_groups_go_by_name(opened: Opener, rows: Any) -> None:
    totals = [
        (shop, None, sum(r[2] for r in SHOPS if r[0] == shop), sum(r[3] for r in SHOPS if r[0] == shop))
        for shop in ("Lyon", "Nice", "Brest")
    ]
    assert rows(opened(csv([*SHOPS, *totals, (None, None, UNITS, SALES)]))) == SHOPS


def test_a_total_per_year_goes_when_all_its_figures_are_sums(opened: Opener, rows: Any) -> None:
    data = [
        (year, shop, 100 * year % 977 + 31 * len(shop))
        for year in (2021, 2022, 2023)
        for shop in ("Lyon", "Nice", "Brest")
    ]
    totals = [(year, "Total", sum(row[2] for row in data if row[0] == year)) for year in (2021, 2022, 2023)]
    mixed = sorted([*data, *totals], key=lambda row: row[0])
    assert rows(opened(csv(mixed, "year,shop,units"))) == data


def test_a_total_in_a_column_of_days_or_numbers_does_not_make_it_text(opened: Opener, types: Any) -> None:
    data = [(f"2024-01-{day:02}", 10 * day, 1.5 * day) for day in range(1, 9)]
    table = opened(csv([*data, ("Total", sum(r[1] for r in data), "--")], "day,units,price"))
    assert types(table) == ["DATE", "BIGINT", "DOUBLE"]


def test_averages_and_extremes_below_the_table_go(opened: Opener, rows: Any) -> None:
    more = [
        ("Total", None, UNITS, SALES),
        ("Average", None, UNITS / 6, round(SALES / 6, 2)),
        ("Max", None, 73, 640.1),
    ]
    table = opened(csv([*SHOPS, *more]))
    assert rows(table) == SHOPS
    assert table.notes[0].message.startswith("3 total or average rows were left out, such as 'Total'")


def test_a_total_without_figures_goes(opened: Opener, rows: Any) -> None:
    assert rows(opened(csv([*SHOPS, ("Total", None, None, None)]))) == SHOPS


def test_a_total_row_of_excel_formulas_without_values_goes(tmp_path: Path, rows: Any) -> None:
    book = Workbook()
    sheet = book.active
    for line in (("shop", "product", "units", "sales"), *SHOPS, ("Total", None, "=SUM(C2:C7)", "=SUM(D2:D7)")):
        sheet.append(line)
    book.save(tmp_path / "given.xlsx")
    table = open_table(tmp_path / "given.xlsx", tmp_path / "work")
    assert rows(table) == SHOPS
    assert left_out(table) == 1


@dataclass(frozen=True)
class Written:
    header: str
    lines: str
    column: int
    values: list[float]


WRITTEN = {
    "thousands": Written("shop,n", 'a,"1,200"\nb,"12,340"\nc,"950"\nTotal,"14,490"\n', 1, [1200, 12340, 950]),
    "decimal commas": Written("shop;n", "a;1.200,50\nb;310,25\nc;12,00\nSumme;1.522,75\n", 1, [1200.5, 310.25, 12]),
    "spaces": Written("shop;n", "a;1 200\nb;12 340\nc;950\nTotal;14 490\n", 1, [1200, 12340, 950]),
    "rounded": Written("shop,n", "a,33.3\nb,33.3\nc,33.3\nTotal,100\n", 1, [33.3, 33.3, 33.3]),
    "negatives": Written("shop,n", "a,-120\nb,340\nc,-95\nTotal,125\n", 1, [-120, 340, -95]),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_totals_are_found_in_numbers_however_they_are_written(kind: str, opened: Opener, rows: Any) -> None:
    written = WRITTEN[kind]
    found = rows(opened(f"{written.header}\n{written.lines}"))
    assert [row[written.column] for row in found] == written.values


def test_a_total_that_is_no_sum_of_its_rows_is_told_with_both(opened: Opener) -> None:
    data = [(f"2024-03-{day:02}", "/home", 20 + day, 40 + day) for day in range(1, 11)]
    sessions = sum(row[3] for row in data)
    table = opened(csv([*data, (None, None, 150, sessions)], "day,page,users,sessions"))
    assert table.rows == 10
    assert "Its 'users' is 150, but the rows add up to 255." in table.notes[0].message


def test_a_total_with_a_rate_of_all_goes_and_its_rate_is_told(opened: Opener) -> None:
    lines = "Lyon,1200,2.5\nNice,3400,4.1\nBrest,800,1.2\nMetz,2100,3.0\nTotal,7500,3.2\n"
    table = opened("shop,visits,conversion_pct\n" + lines)
    assert table.rows == 4
    assert table.notes[0].message.endswith("Its 'conversion_pct' is 3.2.")


def test_a_count_of_the_rows_below_the_table_goes(opened: Opener, rows: Any) -> None:
    assert rows(opened(csv([*SHOPS, ("Count", None, 6, 6), ("Total", None, UNITS, SALES)]))) == SHOPS


def test_all_totals_of_a_cube_go(opened: Opener, rows: Any) -> None:
    data = [(region, item, 40 * len(region) + ord(item)) for region in ("N", "SW") for item in "xyz"]
    cube: list[tuple[str, str, int]] = [*data]
    cube += [(region, "All", sum(r[2] for r in data if r[0] == region)) for region in ("N", "SW")]
    cube += [("All", item, sum(r[2] for r in data if r[1] == item)) for item in "xyz"]
    cube.append(("All", "All", sum(r[2] for r in data)))
    assert rows(opened(csv(cube, "region,item,units"))) == data


KEPT: dict[str, tuple[str, str]] = {
    "a product called Total": (
        "cereal,calories,rating",
        "Kix,110,39.2\nTotal,100,46.6\nTrix,110,27.7\nWheaties,100,51.6\nSpecial K,110,53.1\n",
    ),
    "a product called Total in the last row": (
        "cereal,calories,rating",
        "Kix,110,39.2\nTrix,110,27.7\nWheaties,100,51.6\nSpecial K,110,53.1\nTotal,100,46.6\n",
    ),
    "names that begin with All": (
        "band,albums",
        "All Saints,5\nAll Time Low,9\nThe All-American Rejects,4\nBlur,9\n",
    ),
    "a row that happens to be the sum of two others": (
        "shop,units",
        "a,10\nb,20\nc,30\nd,17\n",
    ),
    "a last row that happens to be the sum of the others": (
        "shop,units",
        "a,10\nb,20\nc,30\nd,60\n",
    ),
    "running totals": (
        "day,sales,cumulative",
        "2024-01-01,10,10\n2024-01-02,20,30\n2024-01-03,5,35\n2024-01-04,7,42\n",
    ),
    "missing names": (
        "shop,product,units",
        "Lyon,Lamp,61\nLyon,,40\nNice,Lamp,73\n,Chair,13\nBrest,Desk,25\nBrest,Chair,58\n",
    ),
    "two rows, the second as large as the first": ("shop,units", "a,500\nTotal,500\n"),
    "a share of all that is called overall": (
        "question,overall,yes",
        "q1,40,12\nq2,41,13\nq3,44,19\n",
    ),
    "people called Total and Mean": (
        "surname,first,height",
        "Total,Ann,171\nMean,Bo,180\nSumma,Cy,166\nKing,Di,175\n",
    ),
    "a total per year with a rate that is no sum": (
        "year,sex,people,rate",
        "2020,F,410,3.1\n2020,M,395,4.4\n2020,Total,805,3.7\n2021,F,433,2.9\n2021,M,402,4.6\n2021,Total,835,3.8\n",
    ),
    "a last row with a blank and a duration in minutes": (
        "ticket,closed,channel,reply",
        "T1,2024-01-02,Mail,12 min\nT2,2024-01-03,Chat,44 min\nT3,2024-01-09,Chat,7 min\nT4,,Mail,91 min\n",
    ),
    "a last row with a blank of somebody called Max": (
        "name,team,score,bonus",
        "Ann,Sales,41,3\nBob,IT,52,4\nCleo,IT,38,1\nDan,Sales,77,6\nMax,Sales,55,\n",
    ),
    "a last row with a blank of a department called Media": (
        "team,lead,spend,people",
        "Sales,Ann,41,3\nLegal,Bob,52,4\nOps,Cleo,38,1\nMedia,Dan,55,\n",
    ),
    "an average of another table": (
        "shop,score",
        "Lyon,7.1\nNice,6.4\nBrest,8.2\nAverage Joe's,5.5\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KEPT)
def test_rows_that_only_look_like_totals_stay(kind: str, opened: Opener) -> None:
    header, lines = KEPT[kind]
    table = opened(f"{header}\n{lines}")
    assert (table.rows, left_out(table)) == (lines.count("\n"), 0)


YEARS = [(str(year), 400 + 7 * (year - 2010), round(31.25 + year % 7, 2)) for year in range(2012, 2019)]
QUARTERS = [
    (f"{year}-Q{part}", 310 + 13 * part + year % 10, 90.5 + part) for year in (2020, 2021) for part in (1, 2, 3, 4)
]
MONTHS = [(f"{name} 2022", 70 + place * 9, 12.25 + place) for place, name in enumerate(("Jan", "Feb", "Mar", "Apr"))]


def sums(rows: Sequence[tuple[str, float, float]]) -> tuple[float, float]:
    return sum(row[1] for row in rows), round(sum(row[2] for row in rows), 2)


@pytest.mark.parametrize(
    ("periods", "label"),
    [(YEARS, label) for label in ("2012-2018", "2012–2018", "2012 to 2018", "2012/18", "2012 bis 2018")]
    + [(QUARTERS, label) for label in ("2020-2021", "FY 2020/21", "2020-Q1 - 2021-Q4")]
    + [(MONTHS, label) for label in ("2022", "YTD 2022", "Jan-Apr 2022", "Jan 2022 - Apr 2022", "H1 2022", "Year to date")],
)  # fmt: skip
@pytest.mark.parametrize("first", [False, True], ids=["last", "first"])
def test_a_total_named_by_a_longer_period_goes(
    periods: list[tuple[str, float, float]], label: str, first: bool, opened: Opener
) -> None:
    total = (label, *sums(periods))
    table = opened(csv([total, *periods] if first else [*periods, total], "period,visits,hours"))
    assert table.rows == len(periods)
    assert [note.count for note in table.notes if note.kind == "totals_row"] == [1]
    assert any(repr(label) in note.message for note in table.notes)


def test_a_year_below_each_four_quarters_goes_and_quarters_below_their_months(opened: Opener) -> None:
    years = [[*QUARTERS[:4], ("2020", *sums(QUARTERS[:4]))], [*QUARTERS[4:], ("2021", *sums(QUARTERS[4:]))]]
    assert opened(csv([row for year in years for row in year], "when,visits,hours")).rows == 8
    months = [(f"2023-{month:02}", 40 + month * 3, 5.5 * month) for month in range(1, 13)]
    parts = [[*months[at : at + 3], (f"Q{at // 3 + 1} 2023", *sums(months[at : at + 3]))] for at in (0, 3, 6, 9)]
    whole = [*(row for part in parts for row in part), ("2023", *sums(months))]
    assert opened(csv(whole, "when,visits,hours")).rows == 12


@pytest.mark.parametrize(
    "rows_",
    [
        [*YEARS, ("2019", *sums(YEARS))],
        [*YEARS, ("2018-2019", 455, 33.25)],
        [(f"{year}-{year + 1}", 300 + year % 9 * 11, 4.5) for year in range(2009, 2016)],
        [(f"{low}-{low + 9}", 20 + low, 1.5 * low) for low in range(10, 80, 10)],
        [("Q1", 10, 2.5), ("Q2", 20, 3.5), ("Q3", 30, 6.0), ("Q4", 61, 12.25)],
    ],
    ids=["one more year", "no sum", "seasons", "ranges of ages", "quarters"],
)  # fmt: skip
def test_periods_that_are_no_sums_stay(rows_: list[tuple[str, float, float]], opened: Opener) -> None:
    table = opened(csv(rows_, "period,visits,hours"))
    assert (table.rows, left_out(table)) == (len(rows_), 0)


def test_a_nameless_total_with_rates_and_counts_of_all_goes(opened: Opener) -> None:
    pages = [("/", 1012, 711, 1.42, 20), ("/shop", 640, 500, 1.28, 50), ("/blog", 423, 306, 1.38, 61)]
    table = opened(csv([(None, 2075, 1204, 1.72, 38), *pages], "page,views,users,views per user,seconds"))
    assert (table.rows, left_out(table)) == (3, 1)
    last = (None, 2079, 1204, 1.72, 38)
    assert opened(csv([last, *pages], "page,views,users,views per user,seconds")).rows == 4


def test_the_stars_before_totals_of_lists_are_known(opened: Opener) -> None:
    lines = [
        ("1000", "Bolt", "1.200", '"1.440,00"'),
        ("1000", "Nut", "900", '"405,50"'),
        ("2000", "Nut", "350", '"500,00-"'),
    ]
    total = ("*", None, "2.450", '"1.345,50"')
    assert opened(csv([*lines, total], "plant,part,qty,value")).rows == 3
    assert opened(csv([*lines, ("*", None, "2.970", '"1.745,60"')], "plant,part,qty,value")).rows == 4


def test_a_member_named_total_stays_whole_where_only_some_of_its_rows_are_sums(opened: Opener) -> None:
    cells = [(place, kind, year, base * share + year % 100) for place, base in (("Land", 91), ("North", 40), ("South", 51))
             for kind, share in (("Total", 10), ("Own", 4), ("Rented", 6)) for year in (2022, 2021)]  # fmt: skip
    assert opened(csv(cells, "place,kind,period,homes")).rows == len(cells)


def test_a_last_row_that_only_says_total_is_told(opened: Opener) -> None:
    table = opened("shop,units\na,10\nb,20\nc,35\nTotal,50\n")
    assert {note.kind for note in table.notes} == {"total_doubtful"}


def test_missing_names_of_a_large_table_cost_no_row(opened: Opener) -> None:
    lines = [
        f"{'' if i % 7 == 0 else 'shop' + str(i % 5)},{'' if i % 11 == 0 else 'p'},{i * 37 % 101}" for i in range(3000)
    ]
    assert opened("shop,product,units\n" + "\n".join(lines)).rows == 3000


def test_totals_in_a_column_of_dates_go_wherever_they_stand(opened: Opener, rows: Any) -> None:
    days = {month: [(f"2024-{month:02}-{day:02}", 3 * day + month) for day in range(1, 29, 2)] for month in range(1, 9)}
    lines = []
    for cells in days.values():
        lines += [*cells, ("Month total", sum(n for _, n in cells))]
    table = opened("day,visits\n" + "\n".join(f"{day},{n}" for day, n in lines) + "\n")
    assert [(str(day), n) for day, n in rows(table)] == [cell for cells in days.values() for cell in cells]
    assert left_out(table) == 8


def test_a_word_for_a_total_beside_times_of_a_typed_file_is_no_error(opened: Opener, rows: Any) -> None:
    lines = "".join(f'{{"at": {{"$date": "2024-01-0{n}T00:00:00Z"}}, "name": "n{n}", "v": {n}}}\n' for n in range(1, 6))
    assert len(rows(opened(lines, "given.json"))) == 5
