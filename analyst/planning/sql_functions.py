"""The SQL functions that a plan may call: DuckDB's, without those that read files, settings or the server's state.

A list of what is allowed, not of what is forbidden: a function that a later DuckDB adds is refused until it is here.
"""

# ruff: noqa: SIM905 - a list of words reads better without 500 quotes

from __future__ import annotations

ALLOWED = frozenset(
    """
abs acos acosh add age aggregate ago alias any_value apply approx_count_distinct approx_quantile approx_top_k
arbitrary arg_max arg_max_null arg_max_nulls_last arg_min arg_min_null arg_min_nulls_last argmax argmin array_agg
array_aggr array_aggregate array_append array_apply array_cat array_concat array_contains array_cosine_distance
array_cosine_similarity array_cross_product array_distance array_distinct array_dot_product array_extract
array_filter array_grade_up array_has array_has_all array_has_any array_indexof array_inner_product array_intersect
array_length array_pop_back array_pop_front array_position array_prepend array_push_back array_push_front
array_reduce array_resize array_reverse array_reverse_sort array_select array_slice array_sort array_to_json
array_to_string array_transform array_unique array_value array_where array_zip ascii asin asinh atan atan2 atanh avg
bar base64 bin binom bit_and bit_count bit_length bit_or bit_position bit_xor bitstring bitstring_agg bool_and
bool_or cardinality cbrt ceil ceiling century char_length character_length chr concat concat_ws contains corr cos
cosh cot count count_if count_star countif covar_pop covar_samp cume_dist current_date current_localtime
current_localtimestamp damerau_levenshtein date_add date_diff date_part date_sub date_trunc datediff datepart
datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month decade decimal_average decimal_division
decode degrees dense_rank divide editdist3 element_at encode ends_with entropy epoch epoch_ms epoch_ns epoch_us era
even exp factorial favg fdiv fill filter first first_value flatten floor fmod format format_bytes format_type
from_base64 from_binary from_hex from_json from_json_strict fsum gamma gcd generate_series generate_subscripts
geomean geometric_mean get_bit get_current_time get_current_timestamp grade_up greatest greatest_common_divisor
group_concat hamming hash hex histogram histogram_exact hour if ifnull ilike_escape instr isfinite isinf isnan
isodow isoyear jaccard jaro_similarity jaro_winkler_similarity json json_array json_array_length json_contains
json_deep_merge json_exists json_extract json_extract_path json_extract_path_text json_extract_string
json_group_array json_group_object json_insert json_keys json_merge_patch json_merge_patch_diff json_object
json_pretty json_quote json_remove json_replace json_set json_strip_nulls json_structure json_transform
json_transform_strict json_type json_valid json_value julian kahan_sum kurtosis kurtosis_pop lag last last_day
last_value lcase lcm lead least least_common_multiple left left_grapheme len length length_grapheme levenshtein
lgamma like_escape list list_aggr list_aggregate list_any_value list_append list_apply list_approx_count_distinct
list_avg list_bit_and list_bit_or list_bit_xor list_bool_and list_bool_or list_cat list_concat list_contains
list_cosine_distance list_cosine_similarity list_count list_distance list_distinct list_dot_product list_element
list_entropy list_extract list_filter list_first list_grade_up list_has list_has_all list_has_any list_histogram
list_indexof list_inner_product list_intersect list_kurtosis list_kurtosis_pop list_last list_mad list_max
list_median list_min list_mode list_pack list_position list_prepend list_product list_reduce list_resize
list_reverse list_reverse_sort list_select list_sem list_skewness list_slice list_sort list_stddev_pop
list_stddev_samp list_string_agg list_sum list_transform list_unique list_value list_var_pop list_var_samp
list_where list_zip listagg ln log log10 log2 lower lpad ltrim mad make_date make_time make_timestamp
make_timestamp_ms make_timestamp_ns make_timestamptz map map_concat map_contains map_contains_entry
map_contains_value map_entries map_extract map_extract_value map_from_entries map_keys map_values max max_by md5
md5_number md5_number_lower md5_number_upper mean median microsecond millennium millisecond min min_by minute
mismatches mod mode month monthname multiply nanosecond nextafter nfc_normalize not_ilike_escape not_like_escape now
nth_value ntile nullif num nvl octet_length ord overlay parse_formatted_bytes percent_rank pi position pow power
prefix printf product quantile quantile_cont quantile_disc quarter radians random range rank rank_dense reduce
regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace
regexp_split_to_array regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
repeat replace reservoir_quantile reverse right right_grapheme round round_even roundbankers row row_number
row_to_json rpad rtrim second sem set_bit sha1 sha256 sign signbit sin sinh skewness split split_part sqrt
starts_with stddev stddev_pop stddev_samp str_split str_split_regex strftime string_agg string_split
string_split_regex string_to_array strip_accents strlen strpos strptime struct_concat struct_contains struct_extract
struct_extract_at struct_has struct_indexof struct_insert struct_keys struct_pack struct_position struct_update
struct_values substr substring substring_grapheme subtract suffix sum sum_no_overflow sumkahan switch tan tanh
time_bucket timezone timezone_hour timezone_minute to_base to_base64 to_binary to_centuries to_days to_decades
to_hex to_hours to_json to_microseconds to_millennia to_milliseconds to_minutes to_months to_quarters to_seconds
to_timestamp to_weeks to_years today translate trim trunc try_strptime typeof ucase unbin unhex unicode unnest upper
url_decode url_encode var_pop var_samp variance wavg week weekday weekofyear weighted_avg xor year yearweek
""".split()
)
"""Scalar, aggregate and window functions and macros of DuckDB 1.5 and 2.0, and our own `num`."""

COUNTING = frozenset(
    "count count_star countif count_if approx_count_distinct regr_count row_number rank dense_rank rank_dense ntile "
    "percent_rank cume_dist".split()
)
"""Aggregates and window functions that say how many rows there are, or where one stands among them."""
CONDITIONS = frozenset("countif count_if".split())
"""Aggregates that count the rows that meet their argument."""
COMPUTING = frozenset(
    "sum avg mean median min max stddev stddev_pop stddev_samp variance var_pop var_samp sem corr covar_pop "
    "covar_samp regr_avgx regr_avgy regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy quantile "
    "quantile_cont quantile_disc approx_quantile reservoir_quantile decimal_average skewness kurtosis kurtosis_pop mad "
    "entropy product fsum kahan_sum sumkahan sum_no_overflow favg geomean geometric_mean bool_and bool_or wavg "
    "weighted_avg".split()
)
"""Aggregates that make a number of many."""
PICKING = frozenset(
    "any_value arbitrary first last arg_max arg_max_null arg_max_nulls_last arg_min arg_min_null arg_min_nulls_last "
    "argmax argmin max_by min_by mode list array_agg string_agg group_concat listagg histogram histogram_exact "
    "approx_top_k bitstring_agg bit_and bit_or bit_xor json_group_array json_group_object first_value last_value "
    "nth_value lag lead fill".split()
)
"""Aggregates and window functions that give back cells of their rows."""

TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
"""What may stand in FROM with parentheses."""

INSTEAD = {
    "date_format": "strftime(d, '%Y-%m')",
    "to_char": "strftime(d, '%Y-%m')",
    "format_date": "strftime(d, '%Y-%m')",
    "str_to_date": "strptime(text, '%d/%m/%Y')",
    "to_date": "strptime(text, '%d/%m/%Y')",
    "parse_date": "strptime(text, '%d/%m/%Y')",
    "dateadd": "d + INTERVAL 7 DAY",
    "getdate": "max(d) OVER () (the data's last day)",
    "stdev": "stddev_samp(x)",
    "stdevp": "stddev_pop(x)",
    "std": "stddev_samp(x)",
    "percentile_cont": "quantile_cont(x, 0.5)",
    "percentile": "quantile_cont(x, 0.5)",
    "isnull": "x IS NULL, or coalesce(x, y)",
    "to_number": "num(x)",
    "charindex": "strpos(text, part)",
    "number": "num(x)",
    "safe_divide": "a / nullif(b, 0)",
    "div0": "a / nullif(b, 0)",
    "sumif": "sum(x) FILTER (WHERE ...)",
    "average": "avg(x)",
}
"""What other databases call it → how DuckDB does."""
