"""The words by which questions ask, as data: the phrases of each cue (phrases.txt, statistics.txt, verdicts.txt), and
words that hold a sentence together. They are compared with a question's folded words and their stems; nothing here
knows of a particular table.
"""

from __future__ import annotations

from pathlib import Path

_NAMED = "ratio "


def _phrases(file: str) -> dict[str, str]:
    """The phrases of each cue, from a file: alternatives parted by semicolons."""
    found: dict[str, str] = {}
    kind = ""
    for line in (Path(__file__).with_name(file)).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            kind, _, line = line.partition(":")
        found[kind] = f"{found.get(kind, '')} {line.strip()}".strip()
    return found


CUES = _phrases("phrases.txt")
"""The phrases of each cue. Of overlapping phrases the longest counts."""
STATISTICS = _phrases("statistics.txt")
"""The phrases of statistics, tests, models and steps of preparation."""
VERDICTS = _phrases("verdicts.txt")
"""Other ways in which rules write a word that a field may hold."""
RATIOS: dict[str, tuple[str, str]] = {
    kind: (above.strip(), below.strip())
    for kind in CUES
    if kind.startswith(_NAMED)
    for above, _, below in [kind.removeprefix(_NAMED).partition("/")]
}
"""Ratios that have a name: the cue, and words of the columns above and below the line."""

_WORDS = {name: frozenset(words.split()) for name, words in _phrases("words.txt").items()}
LEADS, ARTICLES, WHICH, PERSONS, ANYBODY = (
    _WORDS[name] for name in ("leads", "articles", "which", "persons", "anybody")
)
GRAMMAR, IDLE = _WORDS["grammar"], _WORDS["idle"]
"""Words that hold a sentence together or ask politely; words that add nothing that could be missing from a plan."""
EVENTS, SPENDING, PLACED = _WORDS["events"], _WORDS["spending"], _WORDS["placed"]
"""Verbs that are idle where a plan computes: of what rows are, of a number, and in the passive voice."""
