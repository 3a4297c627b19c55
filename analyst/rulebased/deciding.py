"""Decisions that a question states rules for ("normal if p >= 0.05, else not normal"), as SQL over computed values.

The field's own words say which family of decision it is (normal or not, significant or not, linear, positive, strong,
symmetric); thresholds are those that the question names, else the usual ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from analyst.core.text import fold
from analyst.rulebased import sql

Facts = Mapping[str, str]
"""Computed values by what they are (`p`, `normal_p`, `r`, `r2`, `skew`) as SQL."""
_NUMBER = r"(\d*\.\d+|\d+(?!\s*(?:iqr|th\b|%)))"
_NEGATIVE = re.compile(r"^(?:not|no|non|none|false|insignificant|poor|bad|low)\b|\bnot\b|\bno\b|^non|^un|^in(?=signif)")
_RELATION = (
    r"(?:absolute (?:value of )?(?:the )?(?:r\b|correlation\w*)|\|r\||abs\w* r\b|\br (?:is )?(?:below|above|>|<|"
    r"greater|less)|correlation coefficient is|its absolute value|r value)"
)


def alpha(text: str) -> str:
    """The level of significance that the question names, else 0.05."""
    found = re.search(r"(?:alpha|significance)\D{0,30}?(0?\.\d+)|p[- ]?values?\D{0,45}?(0?\.\d+)", text)
    return str(next((number for number in found.groups() if number), "0.05")) if found else "0.05"


def _threshold(text: str, about: str, usual: str) -> str:
    found = re.search(rf"{about}[^.\d]*?{_NUMBER}", text)
    return found[1] if found else usual


def decision(options: Sequence[str], words: str, facts: Facts, question: str) -> str | None:
    """Which of `options` holds, as SQL, or None where the options are of no kind that is known."""
    text = fold(question)
    named = {fold(option).replace("_", " "): option for option in options}
    for family in (_linear, _strength, _skewed, _direction, _fit):
        made = family(named, facts, text)
        if made is not None:
            return made
    return _two(named, words, facts, text)


def _find(named: Mapping[str, str], pattern: str) -> str | None:
    return next((sql.value(option) for words, option in named.items() if re.search(pattern, words)), None)


def _linear(named: Mapping[str, str], facts: Facts, text: str) -> str | None:
    """A straight line, another link, or none: by r and its p."""
    straight, other = _find(named, r"^linear"), _find(named, r"^non-? ?linear")
    none = _find(named, r"^(?:none|no\b)")
    if straight is None or not (other or none) or "r" not in facts:
        return None
    least = _threshold(text, _RELATION, "0.5")
    gate = f"WHEN {facts['p']} >= {alpha(text)} THEN {none} " if none else ""
    return f"CASE {gate}WHEN abs({facts['r']}) >= {least} THEN {straight} ELSE {other or none} END"


def _strength(named: Mapping[str, str], facts: Facts, text: str) -> str | None:
    """Strong, moderate or weak, by |r|."""
    strong, middle, weak = (_find(named, word) for word in ("^strong", "^(?:moderate|medium)", "^weak"))
    if strong is None or weak is None or "r" not in facts:
        return None
    upper, lower = _of_clause(text, "strong", "0.7"), _of_clause(text, "moderate", "0.3")
    size = f"abs({facts['r']})"
    second = f"WHEN {size} >= {lower} THEN {middle} " if middle else ""
    return f"CASE WHEN {size} > {upper} THEN {strong} {second}ELSE {weak} END"


def _of_clause(text: str, word: str, usual: str) -> str:
    """The smallest number of the clause that says what is called `word`."""
    for part in re.split(r"[.;\n](?!\d)|(?<=correlation),", text):
        if re.search(rf"\b{word}", part):
            numbers: list[str] = re.findall(r"\d*\.\d+", part)
            if numbers:
                return min(numbers, key=float)
    return usual


def _skewed(named: Mapping[str, str], facts: Facts, text: str) -> str | None:
    """Symmetric, or skewed to a side, by the skewness."""
    right, left = _find(named, "right|positive"), _find(named, "left|negative")
    even = _find(named, "symmetric|normal|none|not")
    if even is None or not (right and left) or "skew" not in facts or "r" in facts:
        return None
    bound = _threshold(text, r"skew\w*[^.]*?", "0.5").lstrip("+")
    return (
        f"CASE WHEN {facts['skew']} > {bound} THEN {right} WHEN {facts['skew']} < -{bound} THEN {left} ELSE {even} END"
    )


def _direction(named: Mapping[str, str], facts: Facts, text: str) -> str | None:
    """The sign of r, or none where it is not significant or too small."""
    plus, minus, none = _find(named, "^positive"), _find(named, "^negative"), _find(named, "^(?:none|no|neither)")
    value = facts.get("r")
    if plus is None or minus is None or value is None:
        return None
    if none is None:
        return f"CASE WHEN {value} >= 0 THEN {plus} ELSE {minus} END"
    least = _threshold(text, r"coefficient is (?:greater|higher|above|at least|>)", "0")
    sure = f"{facts['p']} < {alpha(text)} AND "
    return f"CASE WHEN {sure}{value} >= {least} THEN {plus} WHEN {sure}{value} <= -{least} THEN {minus} ELSE {none} END"


def _fit(named: Mapping[str, str], facts: Facts, text: str) -> str | None:
    """A good or a poor fit, by R²."""
    good, poor = _find(named, r"\bgood\b|\bacceptable\b"), _find(named, r"\bpoor\b|\bbad\b|\bnot\b")
    if good is None or poor is None or "r2" not in facts:
        return None
    least = _threshold(text, r"(?:r-?squared|r2|r²|determination)[^.]*?(?:greater|above|at least|higher|more|>)", "0.7")
    return f"CASE WHEN {facts['r2']} >= {least} THEN {good} ELSE {poor} END"


def _two(named: Mapping[str, str], words: str, facts: Facts, text: str) -> str | None:
    """One of two, the other its denial: whether the data are normal, or a test significant."""
    denied = [option for told, option in named.items() if _NEGATIVE.search(told)]
    held = [option for option in named.values() if option not in denied]
    if len(denied) != 1 or len(held) != 1:
        return None
    yes, no = sql.value(held[0]), sql.value(denied[0])
    proposition = _proposition(words, facts, text, " ".join(named))
    return f"CASE WHEN {proposition} THEN {yes} ELSE {no} END" if proposition else None


def _proposition(words: str, facts: Facts, text: str, options: str) -> str | None:
    about = f"{words} {options}"
    if "normal_p" in facts and re.search(r"normal|distribut|gauss|result|test", about):
        return f"{facts['normal_p']} >= {alpha(text)}"
    if "normal_p" not in facts and "skew" in facts and re.search(r"normal|symmetr", about):
        bound = _threshold(text, r"skew\w*[^.]*?", "0.5")
        return f"abs({facts['skew']}) < {bound}"
    if "p" in facts:
        return f"{facts['p']} < {alpha(text)}"
    if "n_outliers" in facts:
        return f"{facts['n_outliers']} > 0"
    return None
