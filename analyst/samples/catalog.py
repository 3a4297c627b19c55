"""The bundled samples: small tables with a question each and planted truths (truths.json). Made by samples.generate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Sample:
    """A table and the question that it is shown with."""

    path: Path
    question: str


SAMPLES = {
    "sales": Sample(FOLDER / "sales.csv", "Which products had the highest revenue growth in Q4?"),
    "churn": Sample(FOLDER / "churn.csv", "Which factors predict churn?"),
    "campaigns": Sample(FOLDER / "campaigns.csv", "Which channel has the best revenue relative to spend?"),
}
"""Every sample, by name."""
DEFAULT = "sales"
"""The sample that is analysed when no table is given."""
