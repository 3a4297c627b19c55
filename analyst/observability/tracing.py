"""OpenTelemetry spans of calls and analyses, by the GenAI semantic conventions, sent to an OTLP endpoint.

Conventions: opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans. One trace an analysis, a client span a call. No
text of a prompt, a reply or an error is sent. The SDK sends from a thread of its own, so that no call waits; where the
endpoint does not answer spans are dropped after one warning. The provider is ours alone: CrewAI's telemetry neither
sees it nor is seen by it. Importing the SDK takes 70 ms, so only who has an endpoint makes a `Tracing`.
"""

from __future__ import annotations

import logging

from opentelemetry.exporter.otlp.proto.http import trace_exporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.util.types import AttributeValue

from analyst.protocol.calls import CallRecord

EXPORT_TIMEOUT_S = 3.0
"""How long an export, and so the end of the process, may wait for the endpoint."""
_NANO = 1_000_000_000
_PROVIDERS = {"claude": "anthropic", "embedded": "embedded_analyst"}
"""By the first part of the gateway's model name; the others' first part is the provider's name itself."""


class Tracing:
    """Spans to `exporter`, from any thread."""

    def __init__(self, exporter: SpanExporter) -> None:
        resource = Resource.create()
        if str(resource.attributes.get("service.name", "")).startswith("unknown_service"):
            # Neither OTEL_SERVICE_NAME nor OTEL_RESOURCE_ATTRIBUTES names us.
            resource = resource.merge(Resource({"service.name": "budget-analyst"}))
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, export_timeout_millis=EXPORT_TIMEOUT_S * 1000))
        self._tracer = self._provider.get_tracer("budget_analyst")
        self._runs: dict[str, Span] = {}

    @classmethod
    def to(cls, endpoint: str) -> Tracing:
        """Spans to the OTLP endpoint (its base address, as in OTEL_EXPORTER_OTLP_ENDPOINT), over HTTP."""
        logging.getLogger(trace_exporter.__name__).addFilter(_Once(endpoint))
        return cls(trace_exporter.OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_S))

    def run_began(self, run_id: str, at: float) -> None:
        """An analysis began at `at` (Unix seconds): its calls become parts of its trace."""
        self._runs[run_id] = self._tracer.start_span("analysis", start_time=_nano(at))

    def run_ended(self, run_id: str, at: float, status: str) -> None:
        """An analysis ended."""
        if (run := self._runs.pop(run_id, None)) is not None:
            run.set_attributes({"gen_ai.conversation.id": run_id, "analyst.run.status": status})
            run.end(_nano(at))

    def call(self, call: CallRecord) -> None:
        """A call ended."""
        run = self._runs.get(call.run_id) if call.run_id else None
        span = self._tracer.start_span(
            f"chat {call.model_used}",
            context=None if run is None else set_span_in_context(run),
            kind=SpanKind.CLIENT,
            start_time=_nano(call.timestamp - call.latency_s),
            attributes=_attributes(call),
        )
        if call.error_reason is not None:
            span.set_attribute("error.type", call.error_reason)
            span.set_status(Status(StatusCode.ERROR))
        span.end(_nano(call.timestamp))

    def close(self) -> None:
        """Send what waits; the end of the process does it too."""
        self._provider.shutdown()


def _attributes(call: CallRecord) -> dict[str, AttributeValue]:
    first = call.model_used.partition("-")[0]
    told: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": _PROVIDERS.get(first, first),
        "gen_ai.request.model": call.model_used,
        "gen_ai.agent.name": call.agent_name,
        "gen_ai.usage.input_tokens": call.input_tokens,
        "gen_ai.usage.output_tokens": call.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": call.cached_tokens,
        "analyst.cost_usd": float(call.cost_usd),
        "analyst.cost_source": call.cost_source,
        "analyst.primary_model": call.primary_model,
        "analyst.fallback": call.fallback_used,
        "analyst.fallback_reason": call.fallback_reason or "",
        "analyst.escalated": call.escalated,
        "analyst.hedged": call.hedged,
    }
    if call.run_id:
        told["gen_ai.conversation.id"] = call.run_id
    return told


class _Once(logging.Filter):
    """Lets the exporter complain of our endpoint once: it does so at every attempt."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self._endpoint, self._told = endpoint, False

    def filter(self, record: logging.LogRecord) -> bool:
        if self._told:
            return False
        self._told = True
        record.msg, record.args = f"Traces can't be sent to {self._endpoint}: {record.getMessage()}", ()
        return True


def _nano(moment: float) -> int:
    return int(moment * _NANO)
