"""The report as Markdown and HTML: nothing breaks out, nothing is fetched, the charts appear."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from analyst.core.errors import StoreError
from analyst.protocol.evidence import Evidence
from analyst.protocol.results import AnalysisResult
from analyst.reporting import saving
from analyst.reporting.charts.choosing import Wish
from analyst.reporting.charts.drawing import Chart, choose, draw
from analyst.reporting.html import to_html
from analyst.reporting.markdown import escape, to_markdown
from analyst.reporting.page import carried_line
from analyst.reporting.report import Report
from analyst.reporting.saving import attach, write_run, write_whole

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def charts(evidence: Evidence) -> list[Chart]:
    chosen = [choose(evidence.table(id), evidence, Wish("growth")) for id in ("c", "t", "bad", "co")]
    return [draw(choice) for choice in chosen if choice]


@pytest.fixture(scope="module")
def html(report: Report, charts: list[Chart]) -> str:
    return to_html(report, charts)


def test_markdown_shows_every_text_as_it_is(report: Report) -> None:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    page = parser.render(to_markdown(report, charts=["chart_c"]))
    tags = set(re.findall(r"<(\w+)", page))
    assert tags <= {
        "h1",
        "h2",
        "h3",
        "p",
        "strong",
        "em",
        "ul",
        "li",
        "hr",
        "br",
        "pre",
        "code",
        "img",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert re.findall(r'src="([^"]+)"', page) == ["charts/chart_c.png"] and "href" not in page


@pytest.mark.parametrize(
    "text",
    ["a | b", "`x`", "*b*", "_i_", "[l](u)", "<b>", "# h", "- item", "1. one", "+ x", "> q", "---", "\\", "~~s~~"],
)
def test_escaped_markdown_reads_as_it_was_written(text: str) -> None:
    page = MarkdownIt("commonmark").render(escape(text))
    assert re.fullmatch(r"<p>[^<]*</p>\n", page)
    plain = page[3:-5].replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert plain == text


def test_a_number_in_markdown_stays_readable() -> None:
    assert escape("48.6% of 1,200") == "48.6% of 1,200"


def test_the_page_names_its_scripts_by_hash_and_escapes_every_text(html: str) -> None:
    assert "<script>" not in html and html.count("<script") == 3
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy and "default-src 'none'" in policy[1] and policy[1].count("sha256-") == 2
    assert "unsafe-eval" not in policy[1] and "unsafe-inline" not in policy[1].split("style-src")[0]
    assert "&lt;script&gt;window.hacked=1" in html and "Models: " in html


def test_a_report_without_charts_has_no_scripts(report: Report) -> None:
    page = to_html(report)
    assert "<script" not in page and "script-src 'none'" in page and len(page) < 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield started
        started.close()


@pytest.mark.parametrize("width", [1200, 390])
def test_the_page_draws_its_charts_without_a_request_or_an_error(
    browser: Any, html: str, charts: list[Chart], tmp_path: Path, width: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    page.wait_for_function(f"document.querySelectorAll('[data-drawn=yes]').length === {len(charts)}")
    assert not errors
    assert [url for url in requests if not url.startswith(("data:", path.as_uri()))] == []
    assert page.evaluate("typeof window.hacked") == "undefined"
    assert page.locator(".live svg").count() == len(charts)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_a_script_that_slipped_in_would_not_run(browser: Any, html: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    inject = "<script>window.hacked=9</script><img src=x onerror='window.hacked=9'></main>"
    path.write_text(html.replace("</main>", inject), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_timeout(300)
    assert page.evaluate("typeof window.hacked") == "undefined"
    page.close()


def test_without_scripts_the_pictures_are_shown(browser: Any, html: str, charts: list[Chart], tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("img.still:visible").count() == len(charts)
    context.close()


def test_a_run_is_written_whole_with_its_files_named(
    result: AnalysisResult, report: Report, charts: list[Chart], tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "one"
    written = write_run(result, report, attach(report, charts), folder)
    assert all(Path(path).is_file() and Path(path).stat().st_size for path in written.files.values())
    saved = AnalysisResult.model_validate_json((folder / "result.json").read_text(encoding="utf-8"))
    assert saved == written
    assert saved.charts[0].files == ("charts/chart_c.svg", "charts/chart_c.png") and "report.html" in saved.files
    assert [path.name for path in folder.parent.iterdir()] == ["one"]
    write_run(result, report, attach(report, charts[:1]), folder)


def test_files_without_room_are_told_and_the_report_is_kept(
    result: AnalysisResult, report: Report, charts: list[Chart], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder, told = tmp_path / "one", list[str]()
    write_run(result, report, attach(report, charts), folder)
    for name in ("to_pdf", "to_xlsx"):
        monkeypatch.setattr(f"analyst.reporting.saving.{name}", full)
    written = write_run(result, report, attach(report, charts, told.append), folder, tell=told.append)
    assert [text.split()[0] for text in told] == ["figures.xlsx", "report.pdf"]
    assert all("No space left on device" in text for text in told)
    assert not set(written.files) & {"figures.xlsx", "report.pdf"}
    assert {"report.md", "result.json", "report.html", "figures.csv"} <= set(written.files)
    assert {str(path) for path in folder.rglob("*") if path.is_file()} == set(written.files.values())
    assert AnalysisResult.model_validate_json((folder / "result.json").read_text(encoding="utf-8")) == written


def test_a_disk_that_takes_only_the_report_keeps_it(
    result: AnalysisResult, report: Report, charts: list[Chart], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = saving._put

    def small(place: Path, contents: Mapping[str, bytes]) -> None:
        if set(contents) != set(saving.RECORD):
            raise OSError(errno.ENOSPC, "No space left on device")
        put(place, contents)

    monkeypatch.setattr(saving, "_put", small)
    written = write_run(result, report, attach(report, charts), tmp_path / "one")
    assert set(written.files) == set(saving.RECORD)
    assert "charts/" not in (tmp_path / "one" / "report.md").read_text(encoding="utf-8")
    assert not any(chart.files for chart in written.charts)


def test_only_the_owner_reads_a_run_and_nothing_is_written_through_a_link(
    result: AnalysisResult, report: Report, charts: list[Chart], tmp_path: Path
) -> None:
    write_run(result, report, attach(report, charts), tmp_path / "runs" / "one")
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "runs", tmp_path / "runs" / "one")] == [0o700, 0o700]
    (tmp_path / "two").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "two" / "charts").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="a link leads out of the folder"):
        write_run(result, report, attach(report, charts), tmp_path / "two")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_folder_that_can_not_be_written_leaves_nothing_and_names_the_fix(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="choose another --out"):
        write_whole(blocked / "run", {"a.txt": b"1"})
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root writes anywhere")
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="choose another --out"):
        write_whole(tmp_path / "run", {"a.txt": b"1"})


def test_a_write_that_fails_half_way_leaves_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(StoreError, match="choose another --out"):
        write_whole(tmp_path / "run", {"a.txt": b"1", "a.txt/b.txt": b"2"})
    assert list((tmp_path / "run").iterdir()) == [] and [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_full_disk_says_to_free_space(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    code = (
        "import resource, signal, sys; from pathlib import Path; from analyst.reporting.saving import write_whole\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "write_whole(Path(sys.argv[1]), {'a.txt': b'1', 'b.txt': b'2' * 5000})"
    )
    assert resource.RLIMIT_FSIZE is not None
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run")], capture_output=True, text=True, check=False
    )
    assert "StoreError" in done.stderr and "Free some space" in done.stderr
    assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True)
class Answered:
    follows: str | None
    carried: tuple[str, ...] = ()
    unanswered: str | None = None


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (Answered(None), ""),
        (Answered("run-1", ("2024-01-01 to 2024-03-31", "by product")), "Kept from the question before: January to March 2024, by product."),
        (Answered("run-1"), "Nothing was kept from the question before: this one was read by itself."),
        (Answered("run-1", (), 'It is not clear what "x" changes.'), ""),
    ],
)  # fmt: skip
def test_a_follow_up_says_what_it_kept_or_that_it_kept_nothing(answer: Answered, line: str) -> None:
    assert carried_line(answer) == line
