"""The pages as a person uses them, in Chromium: upload, ask, watch, read; on a phone, in the dark, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.apps.web.pages.axe import violations
from tests.apps.web.pages.conftest import Pages

HOSTILE = "<script>window.hacked=1</script>"
TABLE = f'region,amount,"{HOSTILE}"\n' + "".join(
    f"{region},{amount},{HOSTILE if amount % 7 == 0 else 'plain'}\n"
    for amount in range(1, 40) for region in ("north", "south", "west")
)  # fmt: skip
QUESTION = "What is the total amount by region?"
Open = Callable[..., Any]


class Watched:
    """What went wrong in any of the tabs: errors on their consoles, requests to other hosts."""

    def __init__(self, url: str) -> None:
        self.errors: list[str] = []
        self._host = urlsplit(url).netloc

    def watch(self, tab: Any) -> None:
        tab.on("console", lambda said: self.errors.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.on("request", lambda request: self._check(request.url))

    def _check(self, url: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != self._host:
            self.errors.append(f"asked {url}")


@pytest.fixture
def watched(pages: Pages) -> Watched:
    return Watched(pages.url)


@pytest.fixture
def open_tab(browser: Any, pages: Pages, watched: Watched) -> Iterator[Open]:
    """Opens a tab in a browser of the test's own; nothing in any tab may go wrong."""
    contexts = []

    def opened(path: str = "/", context: Any = None, **options: Any) -> Any:
        if context is None:
            context = browser.new_context(**options)
            contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(60_000)
        watched.watch(tab)
        tab.goto(pages.url + path)
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert watched.errors == []


@pytest.fixture(scope="module")
def paths(browser: Any, pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of a table that was dropped on the page and of an answer about it."""
    file = tmp_path_factory.mktemp("table") / "orders <b>.csv"
    file.write_text(TABLE, encoding="utf-8")
    tab = browser.new_page()
    tab.goto(pages.url)
    tab.set_input_files("#file", file)
    tab.wait_for_url("**/tables/*")
    table = urlsplit(tab.url).path
    tab.fill("#question", QUESTION)
    tab.click("button.primary")
    tab.wait_for_selector(".answer", timeout=60_000)
    answer = urlsplit(tab.url).path
    tab.close()
    return {
        "start": "/",
        "table": table,
        "answer": answer,
        "history": "/analyses",
        "menus": f"{answer}/edit",
        "ops": "/ops",
        "missing": "/tables/none",
    }


def test_a_run_is_watched_in_two_tabs_survives_a_reload_and_opens_its_answer_by_itself(
    open_tab: Open, pages: Pages, paths: dict[str, str]
) -> None:
    pages.models.go_on.clear()
    try:
        tab = open_tab(paths["table"])
        tab.fill("#question", "Which region has the highest total amount?")
        tab.keyboard.press("Enter")
        tab.wait_for_selector(".steps .working")
        second = open_tab(urlsplit(tab.url).path, context=tab.context)
        tab.reload()
        for one in (tab, second):
            one.wait_for_selector(".steps li.done:has-text('Read the table')")
            assert one.locator(".steps li.working").count() >= 1
    finally:
        pages.models.go_on.set()
    for one in (tab, second):
        one.bring_to_front()
        one.wait_for_selector(".answer")
        assert "I read this as:" in one.inner_text("main")
    tab.go_back()
    assert tab.url.endswith(paths["table"])


@pytest.mark.parametrize("without", ["nothing", "SharedWorker"])
def test_the_figures_and_their_chart_show_before_the_prose_which_shows_as_it_is_written(
    open_tab: Open, pages: Pages, paths: dict[str, str], without: str
) -> None:
    pages.models.hold("insight_generator", "report_writer")
    try:
        tab = open_tab("/")
        tab.add_init_script(f"delete globalThis.{without}")
        tab.goto(pages.url + paths["table"])
        tab.fill("#question", f"What is the total amount by region without {without}?")
        tab.click("button.primary")
        tab.wait_for_selector(".first td:has-text('north')")
        bar = tab.locator(".first figure svg [aria-roledescription=bar]").first
        bar.hover()
        tab.wait_for_selector(".tip:not([hidden])")
        tab.evaluate("document.querySelector('.first svg').kept = true")
        assert tab.locator(".draft").count() == 0
        pages.models.let_go("insight_generator")
        tab.wait_for_selector(".draft p")
        assert tab.evaluate("document.querySelector('.first svg').kept"), "the chart is not replaced under the reader"
        assert not re.search(r"\d", tab.inner_text(".draft")), "no number before it is checked"
    finally:
        pages.models.let_go()
    tab.wait_for_selector(".answer")


def test_a_run_is_stopped(open_tab: Open, pages: Pages, paths: dict[str, str]) -> None:
    pages.models.go_on.clear()
    try:
        tab = open_tab(paths["table"])
        tab.fill("#question", "Which region has the lowest total amount?")
        tab.click("button.primary")
        tab.wait_for_selector(".steps .working")
        tab.click("text=Stop")
        pages.models.go_on.set()
        tab.wait_for_selector("text=There is no answer.")
    finally:
        pages.models.go_on.set()


def test_a_page_that_lost_the_service_shows_the_answer_once_it_is_back(
    open_tab: Open, pages: Pages, watched: Watched, paths: dict[str, str]
) -> None:
    pages.models.go_on.clear()
    try:
        tab = open_tab(paths["table"])
        tab.fill("#question", "What is the average amount by region?")
        tab.click("button.primary")
        tab.wait_for_selector(".steps .working")
        tab.context.set_offline(True)
        pages.models.go_on.set()
        tab.wait_for_timeout(1500)
        assert tab.locator(".answer").count() == 0
        tab.context.set_offline(False)
        tab.wait_for_selector(".answer")
    finally:
        pages.models.go_on.set()
    watched.errors[:] = [text for text in watched.errors if "ERR_INTERNET_DISCONNECTED" not in text]


def test_a_value_says_on_focus_which_step_and_sql_it_comes_from(open_tab: Open, paths: dict[str, str]) -> None:
    tab = open_tab(paths["answer"])
    cited = tab.locator(".answer .cited").first
    cited.focus()
    assert "SELECT" in tab.inner_text("#source")
    assert cited.get_attribute("aria-describedby") == "source"
    tab.keyboard.press("Escape")
    assert tab.locator("#source").is_hidden()
    cited.press("Enter")
    tab.wait_for_selector("details[open][id^=step-]")


def test_a_chart_tells_its_values_under_the_pointer_and_is_drawn_of_other_columns(
    open_tab: Open, paths: dict[str, str]
) -> None:
    tab = open_tab(paths["answer"])
    tab.wait_for_selector("figure svg.still")
    bar = tab.locator("figure [aria-roledescription=bar]").first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.wait_for_selector(".tip:not([hidden])")
    assert re.search(r"Region: \w+\nTotal amount: [\d,]+", tab.text_content(".tip"))
    tab.click("text=Draw other columns")
    columns = tab.locator("form[data-columns] input")
    columns.nth(1).check()
    columns.nth(0).uncheck()
    tab.wait_for_selector("figure svg:has-text('Records by region')")


def test_the_whole_way_by_keyboard_alone(open_tab: Open, paths: dict[str, str]) -> None:
    tab = open_tab(paths["table"])
    tab.locator("[aria-busy=true]").wait_for(state="detached")
    tab.keyboard.type("Which region has the highest median amount?")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".answer")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to content"
    tab.keyboard.press("Enter")
    until_focused(tab, "a:has-text('Change it by menus')")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".menus")
    until_focused(tab, "#aggregate0")
    tab.keyboard.type("lowest")
    until_focused(tab, "button:has-text('Compute')")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".answer")
    assert "Lowest amount by region" in tab.inner_text(".question")
    until_focused(tab, "button:has-text('It is right')")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("text=You said: right")


def until_focused(tab: Any, wanted: str) -> None:
    """Go on by the Tab key until that element has the focus."""
    place = tab.locator(wanted).first
    for _ in range(80):
        if place.evaluate("node => node === document.activeElement"):
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"{wanted} can't be reached by the Tab key")


def test_a_slow_network_shows_what_is_there_and_then_the_rest(open_tab: Open, paths: dict[str, str]) -> None:
    tab = open_tab("/")
    network = tab.context.new_cdp_session(tab)
    slow = {"offline": False, "latency": 400, "downloadThroughput": 20_000, "uploadThroughput": 20_000}
    network.send("Network.emulateNetworkConditions", slow)
    tab.goto(urlsplit(tab.url)._replace(path=paths["table"]).geturl(), wait_until="commit")
    tab.wait_for_selector("#question")
    tab.wait_for_selector("ul.profile")


def test_the_back_button_leads_through_answers_and_menus(open_tab: Open, paths: dict[str, str]) -> None:
    tab = open_tab(paths["answer"])
    tab.click("text=Change it by menus")
    tab.wait_for_selector(".menus")
    tab.go_back()
    tab.wait_for_selector(".answer")
    tab.go_forward()
    tab.wait_for_selector(".menus")
    assert tab.input_value("#aggregate0") == "sum"


def test_key_figures_are_sorted_by_their_numbers(open_tab: Open, paths: dict[str, str]) -> None:
    tab = open_tab(paths["answer"])
    head = tab.locator("table[data-sortable]").first.locator("th.number button").first
    head.click()
    head.click()
    cells = tab.locator("table[data-sortable]").first.locator("tbody td.number:nth-child(2)")
    numbers = [float(text.replace(",", "")) for text in cells.all_inner_texts()]
    assert numbers == sorted(numbers) and len(numbers) == 3


def test_a_suggestion_fills_the_box_and_is_asked_by_keyboard_alone(open_tab: Open, paths: dict[str, str]) -> None:
    tab = open_tab(paths["table"])
    assert tab.evaluate("document.activeElement.id") == "question"
    chip = tab.locator("[data-question]").first
    chip.focus()
    chip.press("Enter")
    assert tab.input_value("#question") == chip.get_attribute("data-question")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/analyses/*")


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(open_tab: Open, tmp_path: Path) -> None:
    (tmp_path / "large.csv").write_text("a,b\n" + "1,2\n" * 300_000)
    tab = open_tab("/")
    tab.set_input_files("#file", tmp_path / "large.csv")
    tab.wait_for_selector("text=larger than 1 MB")
    assert urlsplit(tab.url).path == "/"


@pytest.mark.parametrize("page", ["start", "table", "answer", "menus", "history", "ops", "missing"])
@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 1280, "height": 900}},
        {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "reduced_motion": "reduce"},
    ],
    ids=["wide", "phone in the dark"],
)
def test_every_page_is_accessible_fits_its_screen_and_runs_nothing_of_a_table(
    open_tab: Open, watched: Watched, paths: dict[str, str], page: str, options: dict[str, Any]
) -> None:
    tab = open_tab(paths[page], **options)
    tab.locator("[aria-busy=true]").wait_for(state="detached")
    if page == "missing":
        assert "Not found" in tab.inner_text("h1")
        watched.errors[:] = [text for text in watched.errors if not re.search(r"status of 404", text)]
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate("typeof window.hacked") == "undefined"


def test_several_files_are_dropped_at_once_and_asked_about_together(
    open_tab: Open, watched: Watched, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text("customer_id,amount\n" + "".join(f"{n % 5 + 1},{n}\n" for n in range(60)))
    (tmp_path / "customers.csv").write_text("customer_id,segment\n1,small\n2,small\n3,large\n4,large\n5,large\n")
    (tmp_path / "empty.csv").write_text("")
    tab = open_tab("/")
    tab.set_input_files("#file", [tmp_path / name for name in ("orders.csv", "empty.csv", "customers.csv")])
    tab.click("text=Go on with the 2 tables that were uploaded")
    tab.wait_for_selector("h1:has-text('orders.csv')")
    assert tab.locator("details[open] label:has(:checked)").all_text_contents() == [" customers.csv"]
    assert violations(tab) == []
    tab.fill("#question", "What is the total amount by segment?")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".answer")
    assert "1,098" in tab.inner_text("main") and "customers.csv" in (tab.text_content(".eyebrow") or "")
    watched.errors[:] = [text for text in watched.errors if "status of 422" not in text]


def test_a_large_table_shows_its_first_rows_while_the_whole_of_it_is_read(
    open_tab: Open, paths: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyst.apps.web.pages.workbench.LARGE_BYTES", 100)
    tab = open_tab("/")
    asked = list[Any]()
    tab.route("**/look", lambda route: asked.append(route))
    tab.goto(urlsplit(tab.url)._replace(path=paths["table"]).geturl())
    tab.wait_for_selector("[aria-busy=true] table.rows td:has-text('north')")
    assert tab.locator("ul.profile").count() == 0
    asked[0].continue_()
    tab.wait_for_selector("ul.profile")
    assert tab.locator("table.rows").count() == 1
