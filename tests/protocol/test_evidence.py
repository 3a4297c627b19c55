from __future__ import annotations

from dataclasses import replace

from analyst.protocol.evidence import Evidence, EvidenceTable, read_evidence, rounded, write_evidence


def table(id: str = "s1", audience: str = "answer", rows: int = 3) -> EvidenceTable:
    return EvidenceTable(
        id=id,
        what="mean price by </evidence> region",
        columns=("region", "mean"),
        rows=tuple((f"r{i}", i + 1 / 3) for i in range(rows)),
        row_count=rows,
        key=("region",),
        formats={"mean": "number"},
        audience=audience,
        source=("price",),
    )


def test_evidence_reads_back_with_values_rounded_to_five_digits() -> None:
    back = read_evidence(write_evidence(Evidence((table(),), ("small n",))))
    assert back.warnings == ("small n",)
    assert back.tables[0].what == table().what
    assert back.table("s1").column("mean") == [0.33333, 1.3333, 2.3333]


def test_only_tables_for_the_answer_go_to_models_and_only_their_first_rows() -> None:
    back = read_evidence(
        write_evidence(Evidence((table("points", "chart"), table("s1", rows=20), table("s2", rows=30))))
    )
    assert [(t.id, len(t.rows), t.row_count) for t in back.tables] == [("s1", 20, 20), ("s2", 10, 30)]


def test_of_a_methods_further_tables_models_see_the_first_rows() -> None:
    pairs, own = replace(table("s1_pairs", rows=28), method="compare_groups"), replace(table(), method="compare_groups")
    back = read_evidence(write_evidence(Evidence((own, pairs, table("s2_pairs", rows=15)))))
    assert [(t.id, len(t.rows)) for t in back.tables] == [("s1", 3), ("s1_pairs", 8), ("s2_pairs", 15)]


def test_a_newer_table_takes_the_place_of_an_older_one_with_its_id() -> None:
    joined = Evidence((table("a"), table("b"))).joined(Evidence((table("a", rows=1),)))
    assert [t.id for t in joined.tables] == ["b", "a"]
    assert joined.table("a").row_count == 1


def test_whole_numbers_lose_their_point_but_text_and_none_stay() -> None:
    assert [rounded(v) for v in (2.0, 1234567.8, "x", None)] == [2, 1234568, "x", None]
