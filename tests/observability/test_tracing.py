"""Spans as an OTLP endpoint receives them, decoded by OpenTelemetry's own messages."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analyst.core.settings import ROOT, load_settings
from analyst.observability.tracing import Tracing
from analyst.storage.calls import all_calls
from analyst.storage.database import Store
from monitoring import PerformanceMonitor
from tests.recorded import NOON, Clock, metrics


class Collector:
    """An OTLP endpoint that keeps what it is sent."""

    def __init__(self) -> None:
        self.requests = list[ExportTraceServiceRequest]()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.path == "/v1/traces"
                collector.requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def spans(self) -> dict[str, Any]:
        return {
            span.name: span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


def attributes(span: Any) -> dict[str, Any]:
    return {item.key: getattr(item.value, item.value.WhichOneof("value")) for item in span.attributes}


def test_an_analysis_is_one_trace_with_a_span_a_call(collector: Collector, tmp_path: Path, noon: Clock) -> None:
    settings = load_settings(tmp_path / "none.env", metrics_export_path=tmp_path / "m.db", database_url=None)
    tracing = Tracing.to(collector.url)
    watched = PerformanceMonitor(settings, store=Store.at(tmp_path / "m.db"), clock=noon, tracing=tracing)
    watched.start_run("r1", "Which products of Mrs Smith grew?", "smith.csv")
    failed: dict[str, Any] = {"model_used": "groq-gpt-oss-20b", "success": False, "error_reason": "timeout"}
    watched.record_request(metrics("a", **failed, cost_usd=Decimal(0), detail="Mrs Smith's key is sk-1234567"))
    watched.record_request(metrics("b", fallback_used=True, fallback_reason="timeout", cached_tokens=300))
    watched.record_request(metrics("c", model_used="claude-haiku-5-5", called=False, success=False))
    noon.now += 9
    watched.finish_run("r1", "done", 9.0)
    tracing.close()

    spans = collector.spans
    assert set(spans) == {"analysis", "chat groq-gpt-oss-20b", "chat claude-sonnet-5-5"}
    assert len({span.trace_id for span in spans.values()}) == 1
    run, good, bad = spans["analysis"], spans["chat claude-sonnet-5-5"], spans["chat groq-gpt-oss-20b"]
    assert good.parent_span_id == bad.parent_span_id == run.span_id
    assert (run.end_time_unix_nano - run.start_time_unix_nano) / 1e9 == 9
    assert (good.end_time_unix_nano / 1e9, good.start_time_unix_nano / 1e9) == (NOON, NOON - 2)
    told = attributes(good)
    assert told["gen_ai.operation.name"] == "chat"
    assert (told["gen_ai.provider.name"], told["gen_ai.request.model"]) == ("anthropic", "claude-sonnet-5-5")
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (1000, 100)
    assert told["gen_ai.usage.cache_read.input_tokens"] == 300
    assert (told["gen_ai.agent.name"], told["gen_ai.conversation.id"]) == ("report_writer", "r1")
    assert (told["analyst.cost_usd"], told["analyst.fallback_reason"]) == (0.003, "timeout")
    assert attributes(bad)["error.type"] == "timeout"
    assert attributes(bad)["gen_ai.provider.name"] == "groq"
    assert attributes(run)["analyst.run.status"] == "done"
    [resource] = collector.requests[0].resource_spans
    assert attributes(resource.resource)["service.name"] == "budget-analyst"
    sent = b"".join(request.SerializeToString() for request in collector.requests)
    assert b"Smith" not in sent
    assert b"sk-1234567" not in sent


RECORDS = """
from monitoring import monitor
from tests.recorded import metrics
for number in range(101):
    monitor.record_request(metrics(f"a{number}"))
"""


def record(tmp_path: Path, endpoint: str) -> subprocess.CompletedProcess[str]:
    told = {"METRICS_EXPORT_PATH": str(tmp_path / "m.db"), "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "DATABASE_URL": ""}
    command = [sys.executable, "-c", RECORDS]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | told, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_setting_alone_turns_it_on_and_what_waits_is_sent_at_the_end(collector: Collector, tmp_path: Path) -> None:
    done = record(tmp_path, collector.url)
    assert (done.returncode, done.stderr) == (0, "")
    parts = [part for request in collector.requests for part in request.resource_spans]
    assert sum(len(scope.spans) for part in parts for scope in part.scope_spans) == 101


def test_an_endpoint_that_does_not_answer_costs_one_line_and_no_record(tmp_path: Path) -> None:
    done = record(tmp_path, "http://127.0.0.1:9")
    assert done.returncode == 0
    [line] = done.stderr.strip().splitlines()
    assert "Traces can't be sent to http://127.0.0.1:9" in line
    assert len(list(all_calls(Store.at(tmp_path / "m.db")))) == 101
