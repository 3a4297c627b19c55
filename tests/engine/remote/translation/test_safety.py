"""Hostile texts in Spark SQL: none runs, however it got there."""

from __future__ import annotations

import pytest

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.spark.safety import ALLOWED


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM csv.`/etc/passwd`",
        "SELECT * FROM `csv`.`/etc/passwd`",
        "SELECT * FROM (SELECT * FROM json.`/x`)",
        "SELECT x.* FROM data AS x, parquet.`/a` AS y",
        "SELECT * FROM other",
        "SELECT * FROM data@v1",
        "SELECT * FROM data VERSION AS OF 1",
        "SELECT * FROM IDENTIFIER('x')",
        "SELECT * FROM range(10)",
        "SELECT * FROM read_files('x')",
        "SELECT reflect('java.lang.System', 'exit', '1')",
        "SELECT `reflect`('a', 'b')",
        "SELECT `a`.`reflect`('a')",
        "SELECT a.b.c(1)",
        "SELECT java_method('a', 'b')",
        "SELECT 1 FROM data LATERAL VIEW reflect('a') t AS x",
        "SELECT TRANSFORM(x) USING 'cat' FROM data",
        "SELECT current_user",
        "SELECT session_user",
        "SELECT user",
        "SELECT current_database()",
        "SELECT input_file_name() FROM data",
        "SELECT ai_query('x')",
        "SELECT aes_encrypt('a', 'b')",
        "INSERT OVERWRITE DIRECTORY '/tmp/x' SELECT 1",
        "WITH a AS (SELECT 1) INSERT INTO x SELECT 1",
        "CREATE TABLE x AS SELECT 1",
        "ADD JAR x",
        "SET a=b",
        "CACHE TABLE data",
        "DESCRIBE x",
        "EXECUTE IMMEDIATE 'x'",
        "TABLE data",
        "SELECT 1; SELECT 2",
        "SELECT 1;",
        "SELECT /*+ BROADCAST(a) */ 1",
        "SELECT 1 -- x",
        "SELECT 1 /* x */",
        "SELECT '${env:HOME}'",
        "SELECT :x",
        "SELECT ?",
        "SELECT `x` FROM data |> SELECT `y`",
        "SELECT `x` FROM data TABLESAMPLE (5 ROWS)",
        "SELECT * FROM data PIVOT (sum(x) FOR g IN ('a'))",
    ],
)
def test_a_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(TranslationError):
        ALLOWED.require_safe(text, ["data"])


@pytest.mark.parametrize(
    "text",
    [
        "SELECT `data`.`x` AS `x` FROM `data` AS `data`",
        "WITH `a` (`x`) AS (SELECT 1 AS `x`) SELECT `a`.`x` AS `x` FROM `a` AS `a`",
        "SELECT sum(`data`.`x`) OVER (PARTITION BY `data`.`g` ORDER BY `data`.`x` ASC NULLS LAST) AS `s` FROM `data` AS `data`",
        "SELECT 'reflect(1) -- no comment; /* none */' AS `t`",
    ],
)
def test_what_the_translation_writes_passes(text: str) -> None:
    ALLOWED.require_safe(text, ["data"])
