"""Nothing is told twice: texts that cite what another cites, or that say the same words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from analyst.core.text import fold
from analyst.protocol.evidence import Evidence
from analyst.reporting.cited import cells


def without_repeats(texts: Iterable[str], said: Iterable[str], evidence: Evidence) -> list[str]:
    """Those of `texts` (references unfilled) that neither `said` nor an earlier one says.

    A text repeats another where it cites figures and cites no other ones, or where its words stand in it.
    """
    told = [(cells(text, evidence), _words(text)) for text in said if text.strip()]
    kept: list[str] = []
    for text in texts:
        mine, words = cells(text, evidence), _words(text)
        if not words or any((mine and mine <= cited) or words in other for cited, other in told):
            continue
        kept.append(text)
        told.append((mine, words))
    return kept


def _words(text: str) -> str:
    """The words of `text`, in small letters, with a space around each."""
    found = " ".join(re.findall(r"[^\W_]+", fold(text)))
    return f" {found} " if found else ""
