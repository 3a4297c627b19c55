"""What each kind of result says, as a table of sentences (sentences.yaml): every reader fills in the words of its
result."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml
from pydantic import TypeAdapter

from analyst.rulebased.findings.finding import Told

CHANCE: Final = "A difference this large would rarely arise by chance"
MAYBE_CHANCE: Final = "Chance alone could explain the difference"
TOLD: Final = TypeAdapter(dict[str, Told]).validate_python(
    yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
)
"""Each kind of finding, and its sentences."""
