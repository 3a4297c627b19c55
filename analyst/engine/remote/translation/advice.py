"""What to write instead of what has no equal on a server."""

from __future__ import annotations

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    "columns(*)": "name the columns one by one",
    "pivot": "write count(*) FILTER (WHERE column = 'value') for each value",
    "mode": "count each value and take the first: GROUP BY x ORDER BY count(*) DESC, x LIMIT 1",
    "first": "write arg_min(x, y) for the x of the smallest y",
    "last": "write arg_max(x, y) for the x of the largest y",
    "arbitrary": "write any_value(x)",
    "list": "write string_agg(x, ', ' ORDER BY x), or a row a value",
    "array_agg": "write string_agg(x, ', ' ORDER BY x), or a row a value",
    "histogram": "write x, count(*) … GROUP BY x",
    "approx_count_distinct": "write count(DISTINCT x), which is exact",
    "approx_quantile": "write quantile_cont(x, 0.5), which is exact",
    "reservoir_quantile": "write quantile_cont(x, 0.5), which is exact",
    "quantile": "write quantile_cont(x, 0.5) or quantile_disc(x, 0.5)",
    "random": "its values differ each time: leave it out",
    "hash": "write md5(x)",
    "age": "write date_diff('day', a, b)",
    "//": "write floor(a / b)",
    "-": "write date_diff('day', a, b) for moments",
    "distinct on": "add ORDER BY, or use row_number() OVER (PARTITION BY … ORDER BY …) = 1",
    "limit without order": "add ORDER BY, rows have no order of their own",
    "limit percent": "write a number of rows",
    "sample": "name the rows that you want by WHERE",
    "asof join": "join on equality and keep the latest row by row_number()",
    "recursive_cte_node": "write the steps out",
    "now": "write max(date) OVER (), the data's last day",
    "current_date": "write max(date) OVER (), the data's last day",
    "today": "write max(date) OVER (), the data's last day",
    "rows without order": "add ORDER BY to the window",
}
"""A function or a construct without an equal on any server → what to write instead."""
