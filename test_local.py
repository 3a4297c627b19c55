"""Checks the local setup: Ollama, the gateway, its models, a completion through it, and the metadata of the call.

    python test_local.py        one line per check; exit code 0: all passed, 1: a check failed, 2: a setting is invalid

It calls the gateway over plain HTTP like any other client, so it also serves as an example. The gateway is started if
it is not running. Ollama is optional: without it, its checks are skipped.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import PlatformError
from analyst.core.settings import Settings, load_settings
from analyst.llm.gateway.launcher import GatewayInfo, ensure_running
from analyst.protocol.blocks import block, quote
from analyst.protocol.evidence import Evidence, EvidenceTable, write_evidence
from analyst.protocol.replies import Review
from analyst.protocol.table import ColumnCard, TableCard, write_card
from analyst.reporting.filling import fill

LOCAL_MODEL = "ollama-llama3.1"
TIMEOUT_S = 120
SIZE = EvidenceTable(id="table", what="size", columns=("rows", "columns"), rows=((20, 2),), row_count=1)
"""What a reply about the small table can cite."""
METADATA = ("x-litellm-model-id", "x-litellm-model-group", "x-litellm-attempted-fallbacks")


class CheckError(Exception):
    """A check failed; the message says why and what to do."""


class SkippedError(Exception):
    """A check does not apply here; the message says why."""


@dataclass
class Checks:
    """The checks in order; later ones use what earlier ones found."""

    settings: Settings
    session: requests.Session
    env_file: Path | None = None
    gateway: GatewayInfo | None = None

    def ollama(self) -> str:
        """Ollama answers and lists its models."""
        address = self.settings.ollama_base_url
        try:
            listed = self.session.get(f"{address}/api/tags", timeout=5).json()["models"]
        except (requests.RequestException, ValueError, KeyError, TypeError):
            if shutil.which("ollama") is None:
                raise SkippedError("not installed (optional: ./local_setup.sh)") from None
            raise CheckError(f"installed, but does not respond at {address}: run ./local_setup.sh") from None
        return f"responds at {address} with {', '.join(str(model['name']) for model in listed) or 'no models yet'}"

    def gateway_up(self) -> str:
        """The gateway is running or can be started."""
        self.gateway = ensure_running(self.settings, on_note=lambda text: say(f"  {text}"), env_file=self.env_file)
        return f"responds at {self.gateway.url}"

    def model_list(self) -> str:
        """The gateway lists the models for which this machine has keys or servers."""
        url, key = self._address()
        reply = self.session.get(f"{url}/v1/models", headers=key, timeout=TIMEOUT_S)
        names = [model["id"] for model in _json(reply)["data"]]
        if EMBEDDED_MODEL not in names:
            raise CheckError(f"{EMBEDDED_MODEL} is not among {names}: restore litellm_config.yaml")
        return ", ".join(names)

    def embedded_analyst(self) -> str:
        """The rule-based analyst reviews a small table."""
        reply = self._complete(EMBEDDED_MODEL, [{"role": "user", "content": review_request()}])
        review = Review.model_validate_json(_json(reply)["choices"][0]["message"]["content"])
        return f"reviewed a small table: {fill(review.summary, Evidence((SIZE,)), '').text}"

    def local_model(self) -> str:
        """The local model answers through the gateway."""
        if LOCAL_MODEL not in (self.gateway.models if self.gateway else ()):
            why = self.gateway.dropped.get(LOCAL_MODEL, "not configured") if self.gateway else "no gateway"
            raise SkippedError(why)
        reply = self._complete(LOCAL_MODEL, [{"role": "user", "content": "Reply with the one word: ready"}])
        return f"replied {_json(reply)['choices'][0]['message']['content'].strip()[:60]!r}"

    def metadata(self) -> str:
        """The gateway reports which model answered and at what cost, and that it did not retry or fall back."""
        reply = self._complete(EMBEDDED_MODEL, [{"role": "user", "content": review_request()}])
        missing = [name for name in METADATA if name not in reply.headers]
        cost = reply.headers.get("x-litellm-response-cost-original") or reply.headers.get("x-litellm-response-cost")
        if missing or cost is None:
            raise CheckError(
                f"the response has no {', '.join(missing) or 'cost'}: check that LiteLLM's pinned version is installed"
            )
        usage = _json(reply)["usage"]
        tokens = f"{usage['prompt_tokens']} tokens in, {usage['completion_tokens']} out"
        return f"{reply.headers['x-litellm-model-group']}, {tokens}, ${float(cost):.4f}"

    def _address(self) -> tuple[str, Mapping[str, str]]:
        if self.gateway is None:
            raise CheckError("the gateway is not running")
        return self.gateway.url, {"Authorization": f"Bearer {self.gateway.key}"}

    def _complete(self, model: str, messages: list[dict[str, str]]) -> requests.Response:
        url, key = self._address()
        # Without the last two, the gateway could hide a failure by using another model.
        body = {"model": model, "messages": messages, "max_tokens": 800, "disable_fallbacks": True, "num_retries": 0}
        reply = self.session.post(f"{url}/v1/chat/completions", headers=key, json=body, timeout=TIMEOUT_S)
        if reply.status_code != 200:
            raise CheckError(f"{model} failed with {reply.status_code}: {reply.text[:200]}")
        return reply


def _json(reply: requests.Response) -> Any:
    try:
        return reply.json()
    except ValueError:
        raise CheckError(f"the response is not JSON: {reply.text[:80]!r}") from None


def review_request() -> str:
    """What an agent would ask: review a table of two columns, one of which has missing values."""
    columns = (
        ColumnCard("city", "VARCHAR", "dimension", missing=0, distinct=2, values=("Lyon", "Metz")),
        ColumnCard("revenue", "DOUBLE", "measure", missing=3, distinct=17, min=1, mean=9.5, max=20),
    )
    issue = EvidenceTable(
        id="issues",
        what="data-quality problems",
        columns=("issue", "column", "count", "percent", "severity", "example"),
        rows=(("missing", "revenue", 3, 0.15, "medium", None),),
        row_count=1,
        key=("issue", "column"),
        formats={"percent": "percent"},
    )
    parts = {
        "task": "review",
        "question": quote("How does revenue differ between the cities?"),
        "table": write_card(TableCard("sales", 20, columns)),
        "evidence": write_evidence(Evidence((issue,))),
    }
    return "\n".join(block(name, body) for name, body in parts.items())


def say(text: str) -> None:
    """One line to the person."""
    print(text, flush=True)  # noqa: T201 - a command's output


def run_checks(checks: Checks) -> int:
    """All checks, one line each; 0 when none failed."""
    steps: Mapping[str, Callable[[], str]] = {
        "Ollama": checks.ollama,
        "Gateway": checks.gateway_up,
        "Models": checks.model_list,
        "Rule-based analyst": checks.embedded_analyst,
        "Local model": checks.local_model,
        "Metadata": checks.metadata,
    }
    failed = 0
    for name, step in steps.items():
        mark, told = outcome(step)
        failed += mark == "✗"
        say(f"{mark} {name}: {told}")
    failures = f"{failed} of {len(steps)} checks failed. For more, run: python main.py gateway doctor"
    say(failures if failed else "All checks passed.")
    return 1 if failed else 0


def outcome(step: Callable[[], str]) -> tuple[str, str]:
    """A check's mark (✓ passed, ✗ failed, – skipped) and what it has to say."""
    try:
        return "✓", step()
    except SkippedError as skipped:
        return "–", f"skipped: {skipped}"
    except (CheckError, PlatformError) as error:
        return "✗", str(error)
    except requests.RequestException as error:
        return "✗", f"the gateway did not respond: {error}"
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        return "✗", f"the response has an unexpected format: {error!r}"


def main() -> int:
    """Run the checks with the settings of this project."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            return run_checks(Checks(load_settings(), session))
        except PlatformError as error:
            say(f"✗ {error}")
            return error.exit_code
        except KeyboardInterrupt:
            say("Interrupted.")
            return 130


if __name__ == "__main__":
    sys.exit(main())
