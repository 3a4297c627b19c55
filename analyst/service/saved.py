"""What a run left in its folder."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from analyst.protocol.results import AnalysisResult

RESULT = "result.json"
"""The file that holds the answer with all that it rests on."""


def saved_result(folder: Path, run_id: str) -> AnalysisResult | None:
    """The answer of a run in its folder; None where there is none (yet), or the folder now holds another run's."""
    try:
        found = AnalysisResult.model_validate_json((folder / RESULT).read_bytes())
    except (OSError, ValidationError):
        return None
    return found if found.id == run_id else None
