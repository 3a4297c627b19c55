"""What a finished analysis saves: result.json, whole."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasPath, BaseModel, ConfigDict, Field

from analyst.protocol.calls import Attempt, Ranked
from analyst.protocol.replies import Alternative
from analyst.protocol.selection import Selection


class Saved(BaseModel):
    """Base of what result.json holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DatasetRecord(Saved):
    name: str
    rows: int
    columns: int
    fingerprint: str
    notes: tuple[str, ...] = ()


class Grounding(Saved):
    """How many numbers the report shows and where they come from; the two parts make up the whole."""

    numbers: int
    from_evidence: int
    from_question: int


class SavedCall(Saved):
    """The record of an answered call as result.json shows it: cost and seconds are those of its whole request;
    `problems` say why a reply was rejected."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    call_id: str = Field(validation_alias="request_id")
    agent: str = Field(validation_alias="agent_name")
    primary: str = Field(validation_alias="primary_model")
    model_used: str
    fallback: bool = Field(validation_alias="fallback_used")
    reason: str | None = Field(validation_alias="fallback_reason")
    rejected: bool
    problems: tuple[str, ...] = ()
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal = Field(validation_alias=AliasPath("route", "cost_usd"))
    latency_s: Annotated[float, AfterValidator(lambda seconds: round(seconds, 4))] = Field(
        validation_alias=AliasPath("route", "latency_s")
    )
    order: tuple[Ranked, ...] = Field(default=(), validation_alias=AliasPath("route", "order"))
    attempts: tuple[Attempt, ...] = Field(default=(), validation_alias=AliasPath("route", "attempts"))


class InsightRecord(Saved):
    """An insight as told. `in_answer`: it cites nothing that the answer does not cite; `table` is what it rests on."""

    title: str
    statement: str
    confidence: str
    caveat: str | None = None
    chart: str | None = None
    in_answer: bool = False
    table: str | None = None


class BasisRecord(Saved):
    """What the answer is read from: a table of the evidence, and the places (from 0) of the rows that it speaks of."""

    table: str
    rows: tuple[int, ...] = ()


class CitedRecord(Saved):
    """A value in the texts as it is `shown` there, and where it comes from: a table of the evidence and its field."""

    shown: str
    table: str
    field: str


class ChartRecord(Saved):
    """A drawn chart. `columns` are those of `table` that it was asked to draw; none where its table alone decided."""

    id: str
    title: str
    table: str
    kind: str
    columns: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class KeptRecord(Saved):
    """Where a result comes from that was not made anew: the run that made it, how it was found (`tier` 1: the same
    words, 2: the same meaning, 3: the same plan), its age, and what giving it again saved."""

    run: str
    tier: int
    age_s: float
    saved_usd: Decimal
    saved_s: float


class PlannerRecord(Saved):
    """One model that was asked for a plan of its own. `why` says why it gave none; empty when it gave one."""

    model: str
    planned: bool
    why: str = ""


OUTCOMES = ("agreed", "judged", "unsettled", "single", "impossible")
"""Two models or more gave the same results; the judge chose; nobody could settle it, so the first plan was used; only
one model gave a plan; fewer than two models are configured."""


class ConsensusRecord(Saved):
    """How several models' plans were settled. `outcome` is one of OUTCOMES; `note` says it in a line for the reader.

    `models` are those whose results agree (for other outcomes than agreed: the one whose plan was used); `judge` and
    `because` are the judge's model and its reason; `configured` counts the different models in reach. `extra_usd` and
    `extra_s` are what it took beyond the one plan used.
    """

    outcome: Literal["agreed", "judged", "unsettled", "single", "impossible"]
    note: str
    planners: tuple[PlannerRecord, ...] = ()
    models: tuple[str, ...] = ()
    judge: str | None = None
    because: str = ""
    configured: int = 0
    extra_usd: Decimal = Decimal(0)
    extra_s: float = 0.0

    @property
    def reached(self) -> bool:
        """Whether the answer rests on more than one model's word."""
        return self.outcome in ("agreed", "judged")


class AnalysisResult(Saved):
    """result.json and `--json`, whole."""

    id: str
    question: str
    reading: str
    dataset: DatasetRecord
    title: str
    answer: str
    summary: str
    report: str
    insights: tuple[InsightRecord, ...]
    recommendations: tuple[str, ...]
    caveats: tuple[str, ...]
    fields: dict[str, str]
    plan: dict[str, Any]
    evidence: tuple[dict[str, Any], ...]
    charts: tuple[ChartRecord, ...]
    grounding: Grounding
    calls: tuple[SavedCall, ...]
    cost_usd: Decimal
    latency_s: float
    degraded: tuple[str, ...]
    """The agents whose answer came from the embedded analyst because no better model was to be had."""
    files: dict[str, str]
    cached: bool = False
    kept: KeptRecord | None = None
    """The answer that was given again; None (and `cached` false) for one made in this run."""
    unanswered: str | None = None
    """What of the question the table can't answer, and why; None when nothing is left open."""
    scope: str = ""
    """The conditions that the answer's rows meet and neither the answer nor the reading says, in words."""
    suggestions: tuple[str, ...] = ()
    """Questions to ask next, at most three: near ones that would work where this one was refused."""
    basis: BasisRecord | None = None
    """What the answer is read from; None where it cites no result."""
    cited: tuple[CitedRecord, ...] = ()
    """Where the values in the texts come from, each once."""
    consensus: ConsensusRecord | None = None
    """How several models' plans were settled; None where consensus was not asked for."""
    follows: str | None = None
    """The run that the question follows up on; None where it follows none."""
    alternatives: tuple[Alternative, ...] = ()
    """Words of the question that may mean something else, too: how they were read, and what else they may mean."""
    selection: Selection | None = None
    """What the answer's table computes, where menus can say all of it: a changed one can be asked for."""
    edited: bool = False
    """Whether the selection was asked for as it is: then no model planned it."""
    carried: tuple[str, ...] = ()
    """What a follow-up keeps of the question before it ("2024", "by product"); none where it stands alone."""
