"""What a plan says it kept of the question before, held against its steps: a model may say "2024" and forget it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence

from analyst.core.text import fold

_YEAR = re.compile(r"(?<![\w.])(?:19|20)\d\d(?![\w.])")


def not_kept(carried: Sequence[str], steps: Sequence[Mapping[str, object]], values: Collection[str]) -> list[str]:
    """The years, and of `values` (those of the table that the questions name) the ones, that `carried` says were kept
    and no step holds, each as a problem for the model.

    A year may stand in a step as its neighbor: what ends with 2023-12-31 begins 2024.
    """
    ran = fold(json.dumps(list(steps), ensure_ascii=False, default=str))
    told = fold(" ; ".join(carried))
    years = [year for text in carried for year in _YEAR.findall(text)]
    missing = [year for year in years if not any(str(int(year) + by) in ran for by in (-1, 0, 1))]
    named = [value for value in values if _holds(told, fold(value)) and not _holds(ran, fold(value))]
    return [
        f"carried says that {name} was kept, but no step holds it: keep it in the steps, or leave it out of carried"
        for name in dict.fromkeys((*missing, *named))
    ]


def _holds(text: str, word: str) -> bool:
    return bool(word.strip()) and re.search(rf"(?<!\w){re.escape(word.strip())}(?!\w)", text) is not None
