"""The pages without a browser: what they show, that nothing breaks out of them, and who may see them."""

from __future__ import annotations

import html
import re
import time
from pathlib import Path

import httpx
import pytest
from openpyxl import Workbook

from analyst.apps.web.pages.asking import chosen_keys_in
from analyst.apps.web.pages.session import local_path
from analyst.protocol.relations import KeyPair
from tests.apps.web.pages.conftest import Pages

HOSTILE = "<img src=x onerror=alert(1)>"
TABLE = f"""region,amount,email,"{HOSTILE}"
north,10,ann@example.com,a
south,30,bob@example.com,{HOSTILE}
north,5,cid@example.com,c
west,,dan@example.com,d
""".encode()


def upload(client: httpx.Client, name: str = "orders.csv", content: bytes = TABLE) -> str:
    return str(client.put(f"/api/v1/tables/{name}", content=content).json()["id"])


def answered(client: httpx.Client, table: str, question: str, **more: str) -> httpx.Response:
    """The page of a question's answer, asked as a form without JavaScript."""
    return until_answered(client, client.post("/ask", data={"table": table, "question": question, **more}))


def until_answered(client: httpx.Client, page: httpx.Response) -> httpx.Response:
    """The page of a run once it does not load itself again."""
    until = time.monotonic() + 60
    while 'http-equiv="refresh"' in page.text and time.monotonic() < until:
        time.sleep(0.1)
        page = client.get(str(page.url))
    return page


@pytest.fixture(scope="module")
def table(pages: Pages) -> str:
    with pages.client() as client:
        return upload(client)


@pytest.fixture(scope="module")
def answer(pages: Pages, table: str) -> httpx.Response:
    with pages.client() as client:
        return answered(client, table, "What is the total amount by region?")


def test_every_page_runs_only_what_comes_from_this_service(pages: Pages, table: str, answer: httpx.Response) -> None:
    with pages.client() as client:
        for path in ("/", f"/tables/{table}?whole=1", "/analyses", answer.url.path, "/tables/none"):
            page = client.get(path)
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
            tags = re.findall(r"<[a-z][^>]*>", re.sub(r'"[^"]*"', lambda text: text[0].replace(" ", ""), page.text))
            assert not [
                tag for tag in tags if re.search(r"<script(?! type=\S+ src=\"/static/)| on\w+=| style=|//", tag)
            ]


def test_the_first_page_with_all_that_it_loads_is_small(pages: Pages) -> None:
    with pages.client() as client:
        page = client.get("/")
        loaded = [client.get(path) for path in re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", page.text)]
        assert all(file.status_code == 200 and "immutable" in file.headers["cache-control"] for file in loaded)
        assert sum(len(answer.content) for answer in (page, *loaded)) < 30_000


def test_a_table_is_shown_with_its_rows_and_columns_but_without_personal_values(pages: Pages, table: str) -> None:
    with pages.client() as client:
        page = client.get(f"/tables/{table}/look").text
        assert client.get(f"/tables/{table}?whole=1").text.count("<h3") == page.count("<h3") == 4
    assert "ann@example.com" not in page and "Holds email addresses" in page
    assert "25.0% missing" in page and "<svg" in page and ">north<" in page
    assert HOSTILE not in page and "&lt;img src=x" in page


def test_a_table_that_can_not_be_read_says_why_in_its_place(pages: Pages) -> None:
    with pages.client() as client:
        page = client.get(f"/tables/{upload(client, 'broken.xlsx', b'PK no workbook')}/look")
    assert page.status_code == 200 and "can't be read" in page.text


def test_a_workbook_offers_its_sheets(pages: Pages, tmp_path: Path) -> None:
    book = Workbook()
    for name, rows in (("Orders & more", 5), ("Notes", 3)):
        sheet = book.create_sheet(name)
        sheet.append(["city", "units"])
        for row in range(rows):
            sheet.append([f"{name[0]}{row}", row])
    book.remove(book.worksheets[0])
    book.save(tmp_path / "book.xlsx")
    with pages.client() as client:
        id = upload(client, "book.xlsx", (tmp_path / "book.xlsx").read_bytes())
        assert re.findall(r"\?sheet=([^\"]+)\"", client.get(f"/tables/{id}").text)[:2] == [
            "Orders%20%26%20more",
            "Notes",
        ]
        page = client.get(f"/tables/{id}?sheet=Notes&whole=1").text
        assert ">N2<" in page and ">O2<" not in page and 'name="sheet" value="Notes"' in page
        page = answered(client, id, "Which city has the highest units?", sheet="Notes").text
        forms = [form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'action="/ask"' in form]
        assert "N2" in page and "sheet=Notes&amp;question=" in page
        assert forms and all('name="sheet" value="Notes"' in form for form in forms), (
            "what is asked next is of the sheet"
        )


def test_asking_and_reading_need_no_javascript(answer: httpx.Response) -> None:
    page = answer.text
    assert '<section class="answer' in page and "I read this as:" in page
    assert re.search(r'<a class="cited" href="#step-(s1)" data-from="s1">30</a>', page)
    assert '<details id="step-s1"' in page and "SELECT" in page
    assert re.search(r'data-number="30.0">30<', page), "the number behind a cell is there to sort by"


def test_a_table_is_joined_with_another_upload_and_its_follow_up_keeps_both(pages: Pages) -> None:
    with pages.client() as client:
        trips = "".join(f"{100 + i},B{i % 6},{i * 7 % 40 + 1}\n" for i in range(40)).encode()
        table = upload(client, "trips.csv", b"trip,boat,passengers\n" + trips)
        boats = "".join(f"B{i},{('East', 'West')[i % 2]}\n" for i in range(6)).encode()
        other = upload(client, "boats.csv", b"boat_id,harbour\n" + boats)
        assert f'name="table:{other}"' in client.get(f"/tables/{table}").text
        more = {f"table:{other}": "on"}
        page = answered(client, table, "What is the total number of passengers by harbour?", **more)
        totals = [sum(i * 7 % 40 + 1 for i in range(40) if i % 6 % 2 == side) for side in (0, 1)]
        assert all(f">{total}<" in page.text for total in totals)
        assert "boats was joined to trips by boat = boat_id" in page.text
        assert ">trips.csv, boats.csv<" in page.text
        assert f'name="table:{other}" value="on"' in page.text, "what is asked next is asked of both"
        then = answered(client, table, "And only for East?", follows=page.url.path.rsplit("/", 1)[1])
        assert f">{totals[0]}<" in then.text and f">{totals[1]}<" not in then.text


class TestSeveralTables:
    SALES = b"sale,client,amount\n" + b"".join(b"%d,%d,%d\n" % (i, i % 6 + 1, i) for i in range(40))
    BUYERS = b"nr,segment\n" + b"".join(b"%d,%s\n" % (i, (b"Retail", b"Online")[i % 2]) for i in range(1, 7))
    TOTALS = tuple(sum(i for i in range(40) if (i % 6 + 1) % 2 == side) for side in (0, 1))

    @pytest.fixture(scope="class")
    def both(self, pages: Pages) -> tuple[str, str]:
        with pages.client() as client:
            return upload(client, "deals.csv", self.SALES), upload(client, "buyers.csv", self.BUYERS)

    @pytest.fixture(scope="class")
    def joined(self, pages: Pages, both: tuple[str, str]) -> httpx.Response:
        chosen = {f"table:{both[1]}": "on", "left0": "deals.client", "right0": "buyers.nr"}
        with pages.client() as client:
            return answered(client, both[0], "What is the total amount by segment?", **chosen)

    def test_keys_that_were_found_are_shown_with_what_matches(self, pages: Pages) -> None:
        with pages.client() as client:
            trips = upload(client, "rides.csv", b"ride,boat\n" + b"".join(b"%d,B%d\n" % (i, i % 7) for i in range(40)))
            boats = upload(
                client, "ferries.csv", b"boat_id,harbour\n" + b"".join(b"B%d,x%d\n" % (i, i % 2) for i in range(6))
            )
            page = client.get(f"/tables/{trips}", params={"keys": "1", f"table:{boats}": "on"}).text
        assert '<option value="rides.boat" selected>boat</option>' in page
        assert '<option value="ferries.boat_id" selected>boat_id</option>' in page
        assert "35 of 40 rows of rides (87.5%) have a match, every row of ferries has a match." in page
        assert f'name="table:{boats}" checked' in page

    def test_tables_without_a_key_offer_their_columns(self, pages: Pages, both: tuple[str, str]) -> None:
        with pages.client() as client:
            page = client.get(f"/tables/{both[0]}", params={"keys": "1", f"table:{both[1]}": "on"}).text
            assert "No key was found for buyers." in page and '<option value="deals.client">client</option>' in page
            wrong = {"keys": "1", f"table:{both[1]}": "on", "left0": "deals.client", "right0": "buyers.segment"}
            assert "have no value in common" in client.get(f"/tables/{both[0]}", params=wrong).text

    def test_keys_that_were_chosen_join_and_stay_with_what_is_asked_next(self, joined: httpx.Response) -> None:
        assert all(f">{total}<" in joined.text for total in self.TOTALS)
        assert "buyers was joined to deals by client = nr (chosen by you)" in joined.text
        assert 'name="left0" value="deals.client"' in joined.text, "what is asked next is joined in the same way"

    def test_unchanged_keys_are_none_that_a_person_chose(self) -> None:
        form = {"left0": "a.x", "right0": "b.y", "found": '[["a.x", "b.y"]]'}
        assert chosen_keys_in(form) == ()
        assert chosen_keys_in(form | {"right0": "b.z"}) == (KeyPair("a.x", "b.z"),)

    def test_a_joined_answer_is_changed_by_menus(self, pages: Pages, joined: httpx.Response) -> None:
        with pages.client() as client:
            form = client.get(f"{joined.url.path}/edit").text
            assert "[&#34;segment&#34;, null]" in form and 'value="amount" selected' in form
            chosen = {"aggregate0": "max", "measure0": "amount", "by0": '["segment", null]'}
            page = until_answered(client, client.post(f"{joined.url.path}/edit", data=chosen))
        assert ">39<" in page.text and ">38<" in page.text, "the highest amount of either segment"

    def test_a_table_is_added_to_a_conversation(self, pages: Pages, both: tuple[str, str]) -> None:
        with pages.client() as client:
            first = answered(client, both[0], "What is the total amount by client?")
            assert f'name="table:{both[1]}"' in first.text and "Add another table" in first.text
            more = {"follows": first.url.path.rsplit("/", 1)[1], f"table:{both[1]}": "on"}
            more |= {"left0": "deals.client", "right0": "buyers.nr"}
            page = answered(client, both[0], "And the total amount by segment?", **more)
        assert all(f">{total}<" in page.text for total in self.TOTALS)
        assert '<nav class="thread"' in page.text and ">deals.csv, buyers.csv<" in page.text

    def test_tables_with_the_same_columns_are_put_together(self, pages: Pages) -> None:
        with pages.client() as client:
            months = [
                upload(
                    client, f"{name}.csv", b"shop,sold\n" + b"".join(b"S%d,%d\n" % (i % 3, i + add) for i in range(9))
                )
                for name, add in (("january", 0), ("february", 100))
            ]
            more = {f"table:{months[1]}": "on"}
            assert "put together, not joined" in client.get(f"/tables/{months[0]}", params={"keys": "1", **more}).text
            page = answered(client, months[0], "What is the total sold by file?", **more)
        assert ">36<" in page.text and ">936<" in page.text
        assert "have the same columns, so their rows were put together" in page.text

    @pytest.mark.parametrize(
        ("url", "status", "told"),
        [
            ("postgresql://ann:secret@db.example.com/shop", 422, "holds a password"),
            ("https://files.example.com/sales.csv", 403, "SOURCE_HOSTS"),
            ("sales.csv", 422, "is no URL"),
            ("ftp://files.example.com/sales.csv", 422, "can&#39;t be read from"),
        ],
    )
    def test_a_url_is_refused_as_everywhere(self, pages: Pages, url: str, status: int, told: str) -> None:
        with pages.client() as client:
            page = client.get("/tables/at", params={"url": url})
        assert page.status_code == status and told in page.text and "secret" not in page.text


def test_a_follow_up_keeps_what_was_asked_before_and_its_thread_is_at_hand(
    pages: Pages, table: str, answer: httpx.Response
) -> None:
    assert '<nav class="thread"' not in answer.text, "a single question is no conversation"
    first = answer.url.path.rsplit("/", 1)[1]
    with pages.client() as client:
        page = answered(client, table, "And only for north?", follows=first)
        assert "Kept from the question before:" in page.text and ">15<" in page.text
        assert f'<a href="/analyses/{first}">What is the total amount by region?</a>' in page.text
        assert 'aria-current="page">And only for north?' in page.text
        other = upload(client, "other.csv", b"a,b\n1,2\n3,4\n")
        refused = client.post("/ask", data={"table": other, "question": "And south?", "follows": first})
        assert refused.status_code == 422 and "table of the question before it" in refused.text


def test_the_computation_is_changed_by_menus_and_becomes_a_question_of_the_conversation(
    pages: Pages, table: str, answer: httpx.Response
) -> None:
    with pages.client() as client:
        form = client.get(f"{answer.url.path}/edit").text
        assert re.search(r'<option value="sum" selected>', form) and re.search(r'value="amount" selected', form)
        assert 'value="[&#34;region&#34;, null]" selected' in form and "[&#34;region&#34;, &#34;north&#34;]" in form
        assert HOSTILE not in form and "ann@example.com" not in form
        chosen = {
            "aggregate0": "max", "measure0": "amount", "by0": '["region", null]', "only_relation": "is not",
            "only": '["region", "west"]', "bounded": "amount", "relation": "at least", "bound": "6", "limit": "1",
        }  # fmt: skip
        page = until_answered(client, client.post(f"{answer.url.path}/edit", data=chosen))
        asked = "Highest amount by region for region other than west and amount at least 6, the 1 highest"
        assert f'aria-current="page">{asked}' in page.text and ">30<" in page.text and ">10<" not in page.text
        assert f'<a href="{answer.url.path}">What is the total amount by region?</a>' in page.text
        again = client.get(f"{page.url.path}/edit").text
        assert "region other than west" in again and "amount at least 6" in again, "the menus show what was chosen"


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"aggregate0": "sum"}, "choose the column"),
        ({"aggregate0": "sum", "measure0": "gone"}, "no column &#39;gone&#39;"),
        ({"aggregate0": "count", "limit": "1000"}, "less than or equal to 100"),
        ({"aggregate0": "count", "by0": "no json"}, "make no computation"),
        ({"selection": "{}"}, "make no computation"),
    ],
)
def test_choices_that_make_no_computation_say_why(
    pages: Pages, answer: httpx.Response, form: dict[str, str], told: str
) -> None:
    with pages.client() as client:
        page = client.post(f"{answer.url.path}/edit", data=form)
    assert page.status_code == 422 and told in page.text


def test_another_reading_is_one_click_away(pages: Pages) -> None:
    rows = "".join(f"{shop},{gross},{gross - 1}\n" for gross in range(10, 40) for shop in ("a", "b"))
    with pages.client() as client:
        id = upload(client, "money.csv", f"shop,gross_revenue,net_revenue\n{rows}".encode())
        page = answered(client, id, "total revenue by shop")
        assert "or did you mean" in page.text
        [button] = re.findall(r'name="selection" value="([^"]+)">Use ([^<]+)<', page.text)
        other = until_answered(
            client, client.post(f"{page.url.path}/edit", data={"selection": html.unescape(button[0])})
        )
        assert f"Total {button[1]} by shop" in other.text


def test_every_download_that_an_answer_offers_is_there(pages: Pages, answer: httpx.Response) -> None:
    links = re.findall(r'(?:href|src)="(/api/v1/analyses/[^"]+)"', answer.text)
    kinds = {link.rsplit(".", 1)[1] for link in links}
    assert kinds >= {"html", "pdf", "pptx", "md", "xlsx", "csv", "json", "svg", "png"}
    with pages.client() as client:
        assert [link for link in set(links) if client.get(link).status_code != 200] == []
        chart = client.get(next(link for link in links if link.endswith(".svg")))
        assert "sandbox" in chart.headers["content-security-policy"]
        assert client.get(re.sub(r"charts/.*", "charts/..%2Fresult.json", chart.url.path)).status_code in (404, 422)


def test_history_finds_by_words_and_forgets(pages: Pages, table: str) -> None:
    with pages.client() as client:
        page = answered(client, table, "Which region is smallest?")
        found = client.get("/analyses", params={"q": "SMALLEST orders"}).text
        assert "Which region is smallest?" in found and "total amount by region" not in found
        assert "Nothing matches" in client.get("/analyses", params={"q": f"{HOSTILE}"}).text
        client.post(f"{page.url.path}/delete")
        assert client.get(page.url.path).status_code == 404
        assert "Which region is smallest?" not in client.get("/analyses").text


def test_a_conversation_is_renamed_and_found_by_its_name(pages: Pages, table: str) -> None:
    with pages.client() as client:
        first = str(answered(client, table, "What is the median amount?").url.path).rsplit("/", 1)[1]
        renamed = client.post(f"/threads/{first}/rename", data={"name": f"Middles {HOSTILE}"})
        assert f'id="thread-{first}"' in renamed.text and HOSTILE not in renamed.text
        found = client.get("/analyses", params={"q": "middles"}).text
        assert "What is the median amount?" in found and "total amount by region" not in found
        client.post(f"/threads/{first}/rename", data={"name": ""})
        assert "Nothing matches" in client.get("/analyses", params={"q": "middles"}).text


def test_what_is_said_of_an_answer_is_kept_with_it_shown_and_taken_back(pages: Pages, answer: httpx.Response) -> None:
    with pages.client() as client:
        path = f"{answer.url.path}/feedback"
        page = client.post(path, data={"verdict": "wrong", "because": f"Refunds count {HOSTILE}"}).text
        assert "You said: <strong>wrong</strong>, because Refunds count &lt;img" in page and HOSTILE not in page
        assert "You said: <strong>right</strong></p>" in client.post(path, data={"verdict": "right"}).text
        assert "You said" not in client.post(path, data={"verdict": ""}).text


def test_what_was_stopped_says_so_and_can_be_asked_again(pages: Pages, table: str) -> None:
    pages.models.go_on.clear()
    try:
        with pages.client() as client:
            running = client.post("/ask", data={"table": table, "question": "Which region is largest?"})
            assert "Data Profiler" in running.text and "Stop" in running.text
            client.post(f"{running.url.path}/stop")
            pages.models.go_on.set()
            until = time.monotonic() + 30
            while "Stopped." not in (page := client.get(running.url.path).text) and time.monotonic() < until:
                time.sleep(0.1)
            assert "Stopped." in page and f"/tables/{table}?question=Which%20region" in page
    finally:
        pages.models.go_on.set()


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/tables/none"), ("GET", "/analyses/none"), ("POST", "/samples/no")]
)
def test_what_is_not_there_is_a_page_with_a_way_on(pages: Pages, method: str, path: str) -> None:
    with pages.client() as client:
        page = client.request(method, path)
    assert page.status_code == 404 and "Not found" in page.text and 'href="/"' in page.text


def test_a_sample_becomes_a_table_of_ones_own_once(pages: Pages) -> None:
    with pages.client() as client:
        first, second = client.post("/samples/churn"), client.post("/samples/churn")
    assert first.url == second.url and "churn.csv" in first.text


class TestSigningIn:
    def test_a_page_that_needs_a_key_asks_for_it_and_comes_back(self, keyed: Pages) -> None:
        key = keyed.keys.create("ann")
        with keyed.client() as client:
            asked = client.get("/analyses?q=sales")
            assert asked.url.path == "/sign-in" and asked.url.params["next"] == "/analyses?q=sales"
            wrong = client.post("/sign-in", data={"key": "analyst-wrong", "next": "/analyses"})
            assert wrong.status_code == 401 and "unknown or was revoked" in wrong.text
            page = client.post("/sign-in", data={"key": key, "next": "/analyses?q=sales"})
            assert page.url.path == "/analyses" and page.history[0].status_code == 303
            told = page.history[0].headers["set-cookie"]
            assert "HttpOnly" in told and "SameSite=strict" in told
            assert client.get("/api/v1/tables").status_code == 200, "the API takes the session too"
            keyed.keys.revoke("ann")
            assert client.get("/analyses").url.path == "/sign-in", "a session ends with its key"

    def test_signing_out_ends_the_session(self, keyed: Pages) -> None:
        with keyed.client() as client:
            client.post("/sign-in", data={"key": keyed.keys.create("bob")})
            assert client.get("/").url.path == "/"
            client.post("/sign-out")
            assert client.get("/").url.path == "/sign-in"

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_another_site_may_link_to_a_page_and_do_nothing_else(self, keyed: Pages, site: str) -> None:
        with keyed.client() as client:
            client.post("/sign-in", data={"key": keyed.keys.create(f"eve-{site}")})
            link = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
            assert client.get("/analyses", headers=link).status_code == 200
            assert client.post("/sign-out", headers=link).status_code == 403
            assert client.get("/analyses", headers=link | {"sec-fetch-dest": "iframe"}).status_code == 403
            assert client.get("/analyses", headers={"sec-fetch-site": site}).status_code == 403
        with keyed.client() as stranger:
            page = stranger.get("/analyses", headers=link)
            assert 'content="0; url=/analyses?again=1"' in page.text, "the browser sends the cookie with the next one"
            assert stranger.get("/analyses?again=1", headers=link).url.path == "/sign-in"


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\nb", ""])
def test_signing_in_leads_to_no_other_site(wanted: str) -> None:
    assert local_path(wanted) == "/" and local_path("/analyses?q=a") == "/analyses?q=a"


def test_an_address_that_there_is_none_of_is_told_in_a_page_to_a_browser_and_as_a_problem_to_a_program(
    pages: Pages,
) -> None:
    with pages.client(accept="text/html") as browser, pages.client(accept="application/json") as program:
        told = browser.get("/<b>nowhere")
        assert told.status_code == 404 and "There is no page" in told.text and "<b>nowhere" not in told.text
        for answer in (program.get("/nowhere"), browser.get("/api/v1/nowhere")):
            assert answer.status_code == 404 and answer.headers["content-type"] == "application/problem+json"


def test_the_columns_of_a_wide_table_do_not_bury_its_page(pages: Pages) -> None:
    names = [f"measure_{place}" for place in range(60)]
    rows = "\n".join(",".join(str(row * place) for place in range(60)) for row in range(30))
    with pages.client() as client:
        id = upload(client, "wide.csv", f"{','.join(names)}\n{rows}\n".encode())
        look = client.get(f"/tables/{id}/look").text
    seen, *folded = look.split("<details><summary>")
    assert seen.count('<h3 dir="auto">') == 24
    told = [part.split("</summary>")[0] for part in folded if "more columns" in part]
    assert told == ["24 more columns: measure_24 to measure_47", "12 more columns: measure_48 to measure_59"]
