"""What was computed travels to models and back as fields, in few characters."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from analyst.protocol.evidence import Evidence, EvidenceTable, read_evidence, table_of, write_evidence
from analyst.protocol.facts import NO_FACTS, RATIO, Caution, Facts, Filter, Measure, measuring

KEPT = (Filter("branch", "is", ("Lyon", "Nice")), Filter("price", "at least", (3.5,)), Filter("left", "missing"))
WHOLE = Facts((Measure("sum", ("revenue",)), Measure("count")), ("branch",), "", KEPT, "month", 5)
TABLE = EvidenceTable(
    "s1",
    "sum of revenue by branch",
    ("branch", "total"),
    (("Lyon", 3.0),),
    1,
    key=("branch",),
    formats={"total": "number"},
    order={"total": "descending"},
    facts=WHOLE,
    cautions=(Caution("rare_cells", "few counts"),),
)


def sent(table: EvidenceTable) -> EvidenceTable:
    (back,) = read_evidence(write_evidence(Evidence((table,)))).tables
    return back


@pytest.mark.parametrize(
    "facts",
    [NO_FACTS, WHOLE, measuring("mean", "age"), measuring("", "score", groups=["school"], test="anova")],
)
@pytest.mark.parametrize("key", [(), ("branch",)])
def test_facts_read_back_as_they_were_sent_whatever_identifies_a_row(facts: Facts, key: tuple[str, ...]) -> None:
    assert sent(replace(TABLE, facts=facts, key=key, row_count=5)).facts == facts


def test_a_limit_that_was_not_reached_is_not_told() -> None:
    assert sent(replace(TABLE, facts=replace(WHOLE, limit=5), row_count=4)).facts.limit == 0


def test_order_and_cautions_read_back_and_a_caution_is_among_the_warnings_that_people_see() -> None:
    back = sent(replace(TABLE, warnings=("a day is missing",)))
    assert back.order == {"total": "descending"} and back.cautions == TABLE.cautions
    assert back.warned == ("a day is missing", "few counts")


def test_a_further_table_of_a_method_tells_only_what_differs_from_its_own_table() -> None:
    own = replace(TABLE, id="s1", method="compare_groups", source=("total", "branch"), facts=measuring("mean", "total"))
    for facts in (NO_FACTS, own.facts, measuring("", "score", test="anova")):
        for method in ("compare_groups", None):
            further = replace(own, id="s1_groups", facts=facts, method=method)
            written = write_evidence(Evidence((own, further)))
            assert read_evidence(written).tables[1].facts == facts
            assert (read_evidence(written).tables[1].method, read_evidence(written).tables[1].source) == (
                method,
                further.source,
            )
            head = json.loads(written.splitlines()[1 + len(own.rows)])
            assert "source" not in head and ("measures" in head) == (facts != own.facts)


def test_what_is_empty_or_stands_in_the_key_costs_no_characters() -> None:
    head = json.loads(
        write_evidence(Evidence((replace(TABLE, facts=measuring("sum", "revenue", groups=["branch"])),)))[:-1].split(
            "\n"
        )[0]
    )
    assert head["measures"] == [["sum", "revenue"]]
    assert not {"groups", "test", "filters", "period", "limit"} & set(head)


def test_formats_go_to_models_only_where_the_values_do_not_show_them() -> None:
    formats = {"total": "number", "share": "percent", "age": "integer"}
    back = sent(replace(TABLE, columns=("branch", "total", "share", "age"), rows=(("a", 1.5, 0.2, 9),), formats=formats,
                        withheld={"age": None}))  # fmt: skip
    assert back.formats == {"share": "percent", "age": "integer"}


def test_a_table_saved_as_json_is_the_same_table_again() -> None:
    assert table_of(json.loads(json.dumps(asdict(TABLE)))) == TABLE


def test_measures_are_put_in_words_once() -> None:
    measures = (
        Measure("sum", ("revenue",)),
        Measure("count"),
        Measure("mean", ("age",)),
        Measure(RATIO, ("cost", "trip")),
    )
    assert [m.words for m in measures] == ["sum of revenue", "number of rows", "average of age", "cost per trip"]
