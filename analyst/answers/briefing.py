"""What the agents who read results are told of the columns behind them: what they mean, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyst.protocol.blocks import block, quote
from analyst.protocol.table import read_card, write_card

if TYPE_CHECKING:
    from analyst.datasets.preparing import Prepared
    from analyst.protocol.evidence import Evidence


def columns_behind(evidence: Evidence, prepared: Prepared) -> str:
    """The block with the table's name and the card of each column that `evidence` rests on."""
    used = {prepared.privacy.hide_text(name) for name in evidence.sources}
    return block("columns", write_card(read_card(prepared.card).of(used)))


def issues_behind(evidence: Evidence, prepared: Prepared) -> str:
    """The block with the problems of these columns and of the whole table, as code found them.

    What makes a result uncertain is so known before the table has been reviewed."""
    hide = prepared.privacy.hide_text
    found = [
        {"column": issue.column and hide(issue.column), "kind": issue.kind, "severity": issue.severity}
        for issue in prepared.profile.issues
        if issue.column is None or issue.column in evidence.sources
    ]
    return block("issues", quote(found))
