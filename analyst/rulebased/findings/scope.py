"""The rows that a result is about, in words: from the conditions that it was computed under.

The plan's own words for a condition are the reader's; a condition that the plan has no words for is put in words here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from analyst.core.text import listed
from analyst.protocol.facts import Filter
from analyst.protocol.number_check import Question, stray_numbers
from analyst.protocol.replies import Limit
from analyst.rulebased.naming import human

_YES, _NO = frozenset(("yes", "true", "y", "ja", "oui", "si")), frozenset(("no", "false", "n", "nein", "non"))
_BOUNDS = ("above", "below", "at least", "at most")


def scope_of(filters: Iterable[Filter], limits: Sequence[Limit], question: str) -> str:
    """ " for contract two years and with tenure above 12 in 2024", or nothing.

    Of `limits` those count whose column was filtered. What holds digits that the question does not is left off.
    """
    by_column: dict[str, list[Filter]] = {}
    for found in filters:
        by_column.setdefault(found.column, []).append(found)
    rows = [_limit_words(limit) for limit in limits if not limit.period and limit.column in by_column]
    named = {limit.column for limit in limits}
    own = [_filter_words(one) for column, found in by_column.items() if column not in named for one in found]
    rows += [words for words in own if words and _may_say(words, question)]
    told = f" {' and '.join(dict.fromkeys(rows))}" if rows else ""
    period = "".join(f" in {limit.words}" for limit in limits if limit.period and limit.column in by_column)
    return next((text for text in (told + period, told) if _may_say(text, question)), "")


def _may_say(text: str, question: str) -> bool:
    return not stray_numbers(text, Question(question)).problems


def _limit_words(limit: Limit) -> str:
    """ "where churn is yes" for a yes/no column alone, "with support calls above 3", "for branch Lyon"."""
    name = _without_unit(human(limit.column))
    words = re.sub(rf"\b{re.escape(_without_unit(_spoken(limit.column)))}\b", name, _without_unit(limit.words))
    if words.lower() == name.lower():
        return f"where {words} is yes"
    if words.lower() == f"not {name}".lower():
        return f"where {words[4:]} is no"
    compared = re.search(r" (above|below|between|over|under|at least|at most|from|up to|more than|less than) ", words)
    return f"with {words}" if compared else f"for {words}"


def _without_unit(text: str) -> str:
    return re.sub(r"\s*\([^()]*\)", "", text)


def _spoken(column: str) -> str:
    """A column as a plan spells it in words."""
    return " ".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", column).replace("_", " ").split())


def _filter_words(found: Filter) -> str:
    """A condition that the plan has no words for; nothing for one that only leaves gaps out, or that has no name."""
    name, values = _without_unit(human(found.column)), [str(value) for value in found.values]
    only = values[0].casefold() if len(values) == 1 else ""
    if found.relation == "is" and only in _YES | _NO:
        return f"where {name} is {'yes' if only in _YES else 'no'}"
    if found.relation == "is":
        return f"for {name} {listed(values)}"
    if found.relation == "is not":
        return f"for {name} other than {listed(values)}"
    if found.relation == "missing":
        return f"for missing {name}"
    if found.relation == "between":
        return f"with {name} between {listed(values)}"
    return f"with {name} {found.relation} {values[0]}" if found.relation in _BOUNDS else ""
