"""What works on this machine, what does not and how to fix it: environments, gateway, keys, models, disk.

Keys are checked and models listed with each provider's own client instead of the gateway, so that a problem with the
gateway can be distinguished from one with a provider. A missing key is not a failure: its models are just not offered.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from analyst.core.errors import PlatformError
from analyst.core.settings import ROOT, Settings
from analyst.llm.failures import shorten
from analyst.llm.gateway.certificates import trusted
from analyst.llm.gateway.config import OLLAMA_PREFIX, provider_variables, read_config
from analyst.llm.gateway.launcher import status
from analyst.llm.gateway.masterkey import DEFAULT_ENV_FILE
from analyst.llm.gateway.starting import GATEWAY_ENVIRONMENT

Verdict = Literal["good", "bad", "absent"]
MARKS: Mapping[Verdict, str] = {"good": "✓", "bad": "✗", "absent": "–"}
UNSAFE_LITELLM = frozenset({"1.82.7", "1.82.8"})
"""Releases that were tampered with on the package index and steal credentials."""
LEAST_DISK_MB = 200
TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's output: what was checked, its state, and what to do if it is bad or absent."""

    name: str
    verdict: Verdict
    detail: str
    fix: str = ""

    def line(self) -> str:
        """The finding as a person reads it."""
        return f"{MARKS[self.verdict]} {self.name}: {self.detail}" + (f" → {self.fix}" if self.fix else "")


def examine(settings: Settings, *, env_file: Path = DEFAULT_ENV_FILE) -> Iterator[Finding]:
    """All findings, as they are made (a provider may take TIMEOUT_S to answer)."""
    yield _python()
    yield _environment("app environment", ROOT / ".venv", ("crewai", "openai", "duckdb"))
    yield _environment("gateway environment", GATEWAY_ENVIRONMENT, ("litellm",))
    yield _env_file(env_file)
    yield _disk(settings.state_dir)
    yield _gateway(settings, env_file)
    models = configured_models(settings)
    for name, check in PROVIDERS.items():
        yield _provider(name, check, settings, models)


def report(findings: list[Finding]) -> str:
    """The findings as JSON, for `doctor --json`."""
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    good = (3, 10) <= sys.version_info[:2] < (3, 14)
    return Finding("Python", "good" if good else "bad", version, "" if good else "use Python 3.10 to 3.13")


def _environment(name: str, folder: Path, packages: tuple[str, ...]) -> Finding:
    """Whether `folder` holds `packages`, asked of its own Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        return Finding(name, "bad", f"{folder} does not exist", "run `make setup`")
    ask = "import importlib.metadata as m, sys; print(*(m.version(p) for p in sys.argv[1:]))"
    told = subprocess.run([python, "-I", "-c", ask, *packages], capture_output=True, text=True)  # noqa: S603
    if told.returncode != 0:
        return Finding(name, "bad", f"{', '.join(packages)} not found in {folder}", "run `make clean setup`")
    versions = dict(zip(packages, told.stdout.split(), strict=True))
    if versions.get("litellm") in UNSAFE_LITELLM:
        return Finding(
            name,
            "bad",
            f"litellm {versions['litellm']} is a compromised release that steals credentials",
            "run `make clean setup` now",
        )
    return Finding(name, "good", ", ".join(f"{package} {version}" for package, version in versions.items()))


def _env_file(path: Path) -> Finding:
    if not path.exists():
        return Finding("settings", "absent", f"{path} does not exist", "copy .env.example to .env to add keys")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding("settings", "bad", f"other users can read {path} (mode {mode:o})", f"run `chmod 600 {path}`")
    return Finding("settings", "good", f"{path}, readable only by its owner")


def _disk(folder: Path) -> Finding:
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(place).free // 2**20
    if free < LEAST_DISK_MB:
        return Finding("disk", "bad", f"{free} MB free at {place}", "free up space, or change STATE_DIR and RUNS_DIR")
    return Finding("disk", "good", f"{free:,} MB free at {place}")


def _gateway(settings: Settings, env_file: Path) -> Finding:
    found = status(settings, env_file=env_file)
    fixes = {
        "port taken": "stop the program that uses the port, or set LITELLM_PROXY_URL to another port",
        "key rejected": "set LITELLM_MASTER_KEY in .env to that gateway's key, or stop that gateway",
        "no answer": "run `python main.py gateway stop`, then `python main.py gateway start`",
    }
    if found.state == "running":
        return Finding("gateway", "good", f"running at {found.url} with {', '.join(found.models)}")
    if found.state in fixes:
        return Finding("gateway", "bad", f"{found.state} at {found.url}", fixes[found.state])
    fix = "an analysis starts it, or run `python main.py gateway start`"
    return Finding("gateway", "absent", f"{found.state} ({found.url})", fix)


def configured_models(settings: Settings) -> dict[str, list[str]]:
    """The models of litellm_config.yaml by LiteLLM's provider name, as the providers call them."""
    document = read_config()
    found: dict[str, list[str]] = {}
    for entry in document["model_list"]:
        params = entry["litellm_params"]
        model = provider_variables({"model": params["model"]}, settings).get("VLLM_MODEL") or str(params["model"])
        provider = params.get("custom_llm_provider")
        if provider is None:
            provider, _, model = model.partition("/")
        found.setdefault(provider, []).append(model)
    return found


@dataclass(frozen=True)
class ProviderCheck:
    """How a provider is checked: what must be set, and how its own client lists its models."""

    provider: str
    variables: tuple[str, ...]
    list_models: Callable[[Mapping[str, str]], list[str]]


def _ollama(given: Mapping[str, str]) -> list[str]:
    import ollama

    client = ollama.Client(host=given["OLLAMA_BASE_URL"], timeout=TIMEOUT_S, trust_env=False)
    names = [str(model.model) for model in client.list().models]
    return names + [name.removesuffix(":latest") for name in names if name.endswith(":latest")]


def _anthropic(given: Mapping[str, str]) -> list[str]:
    import anthropic

    with anthropic.Anthropic(
        api_key=given["ANTHROPIC_API_KEY"],
        base_url=given.get("ANTHROPIC_API_BASE"),
        max_retries=0,
        timeout=TIMEOUT_S,
        http_client=anthropic.DefaultHttpxClient(verify=trusted()),
    ) as client:
        return [model.id for model in client.models.list(limit=100)]


def _openai_like(key: str, base: str, standard: str | None) -> Callable[[Mapping[str, str]], list[str]]:
    def list_models(given: Mapping[str, str]) -> list[str]:
        import openai

        with openai.OpenAI(
            api_key=given.get(key) or "none",
            base_url=given.get(base) or standard,
            max_retries=0,
            timeout=TIMEOUT_S,
            http_client=openai.DefaultHttpxClient(verify=trusted()),
        ) as client:
            if "openrouter" in base.lower():
                # OpenRouter's list of models is public: only this call checks the key.
                client.get("/key", cast_to=object)
            return [model.id for model in client.models.list()]

    return list_models


PROVIDERS: Mapping[str, ProviderCheck] = {
    "Ollama": ProviderCheck(OLLAMA_PREFIX.rstrip("/"), (), _ollama),
    "Groq": ProviderCheck(
        "groq", ("GROQ_API_KEY",), _openai_like("GROQ_API_KEY", "GROQ_API_BASE", "https://api.groq.com/openai/v1")
    ),
    "OpenRouter": ProviderCheck(
        "openrouter",
        ("OPENROUTER_API_KEY",),
        _openai_like("OPENROUTER_API_KEY", "OPENROUTER_API_BASE", "https://openrouter.ai/api/v1"),
    ),
    "Claude": ProviderCheck("anthropic", ("ANTHROPIC_API_KEY",), _anthropic),
    "OpenAI": ProviderCheck(
        "openai", ("OPENAI_API_KEY",), _openai_like("OPENAI_API_KEY", "OPENAI_API_BASE", "https://api.openai.com/v1")
    ),
    "vLLM": ProviderCheck(
        "hosted_vllm", ("VLLM_BASE_URL", "VLLM_MODEL"), _openai_like("VLLM_API_KEY", "VLLM_BASE_URL", None)
    ),
}
"""The providers, in the order in which they are shown."""


def _provider(name: str, check: ProviderCheck, settings: Settings, configured: Mapping[str, list[str]]) -> Finding:
    given = provider_variables(read_config(), settings)
    unset = [variable for variable in check.variables if variable not in given]
    if unset:
        return Finding(name, "absent", f"{' and '.join(unset)} not set", "add it to .env to use this provider")
    wanted = configured.get(check.provider, [])
    try:
        listed = check.list_models(given)
    except PlatformError:
        raise
    except Exception as error:
        return _refused(name, error, given)
    missing = [model for model in wanted if model not in listed]
    if missing:
        fix = f"run `ollama pull {missing[0]}`" if name == "Ollama" else "change the model in litellm_config.yaml"
        return Finding(name, "bad", f"responds, but does not offer {', '.join(missing)}", fix)
    return Finding(name, "good", f"responds and offers {', '.join(wanted)}")


def _refused(name: str, error: Exception, given: Mapping[str, Any]) -> Finding:
    if name == "Ollama":
        return Finding(name, "absent", f"not reachable at {given['OLLAMA_BASE_URL']}", "run ./local_setup.sh to use it")
    code = getattr(error, "status_code", None)
    if code in (401, 403):
        return Finding(name, "bad", f"rejects the key ({code})", "put a valid key in .env")
    told = f"responds with {code}" if code else "not reachable"
    return Finding(name, "bad", f"{told}: {shorten(str(error))}", "check the network and the address in .env")
