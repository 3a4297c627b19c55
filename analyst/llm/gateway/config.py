"""The gateway's effective configuration: litellm_config.yaml without what this machine has no key or server for.

LiteLLM takes an empty `os.environ/NAME` as a value and fails at the first call, so absent models are left out before
it starts; each is named with what to do about it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr

from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import GatewayError, SettingsError
from analyst.core.program import digest as code_digest
from analyst.core.program import files_behind
from analyst.core.settings import ROOT, Settings
from analyst.llm.gateway.certificates import network, trusted, version_of_certificates

CONFIG = ROOT / "litellm_config.yaml"
REFERENCE = "os.environ/"
OPTIONAL_VARIABLES = frozenset(
    {"GROQ_API_BASE", "OPENROUTER_API_BASE", "ANTHROPIC_API_BASE", "OPENAI_API_BASE", "VLLM_API_KEY"}
)
"""Variables without which a model still works: its parameter is left out and LiteLLM uses the provider's own."""
OLLAMA_PREFIX = "ollama_chat/"
OLLAMA_TIMEOUT_S = 1.0
SHIM = Path("analyst", "llm", "gateway", "provider.py")
"""What the gateway's process imports of this program; when a file behind it changes, a running gateway is outdated."""


@dataclass(frozen=True)
class EffectiveConfig:
    """What the gateway is started with. `models` are offered in the file's order; `dropped` maps a model to its fix."""

    document: Mapping[str, Any]
    models: tuple[str, ...]
    dropped: Mapping[str, str]


def read_config(path: Path = CONFIG) -> dict[str, Any]:
    """The committed configuration. SettingsError when it is missing, broken or lacks the embedded analyst."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        names = {entry["model_name"] for entry in document["model_list"]}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        told = " ".join(str(error).split())
        raise SettingsError(
            f"{path} can't be read: {told}.", "Restore it with `git checkout litellm_config.yaml`."
        ) from None
    if EMBEDDED_MODEL not in names:
        raise SettingsError(f"{path} has no model {EMBEDDED_MODEL!r}.", "Restore it: every chain ends with this model.")
    return dict(document)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)
    elif isinstance(value, str) and value.startswith(REFERENCE):
        yield value.removeprefix(REFERENCE)


def provider_variables(document: Mapping[str, Any], settings: Settings) -> dict[str, str]:
    """The variables that `document` refers to and `settings` has a value for, by name."""
    found = {}
    for name in _references(document):
        value = getattr(settings, name.lower(), None)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if value:
            found[name] = str(value)
    return found


def local_models(base_url: str, *, timeout_s: float = OLLAMA_TIMEOUT_S) -> frozenset[str] | None:
    """The models pulled into the Ollama at `base_url` (`llama3.1:latest` as `llama3.1` too); None: not reachable."""
    import httpx

    try:
        with httpx.Client(trust_env=False, verify=trusted(), timeout=timeout_s) as client:
            listed = client.get(f"{base_url}/api/tags").json()["models"]
        names = {str(model["name"]) for model in listed}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return None
    return frozenset(names | {name.removesuffix(":latest") for name in names})


def render_config(
    document: Mapping[str, Any], variables: Mapping[str, str], local: frozenset[str] | None
) -> EffectiveConfig:
    """`document` for a machine with these `variables` set and these `local` Ollama models (None: no Ollama). Pure."""
    kept: list[dict[str, Any]] = []
    dropped: dict[str, str] = {}
    for entry in document["model_list"]:
        fix = _why_absent(entry["litellm_params"], variables, local)
        if fix:
            dropped[entry["model_name"]] = fix
        else:
            kept.append({**entry, "litellm_params": _set_only(entry["litellm_params"], variables)})
    models = tuple(dict.fromkeys(entry["model_name"] for entry in kept))
    dropped = {name: fix for name, fix in dropped.items() if name not in models}
    return EffectiveConfig(_pruned({**document, "model_list": kept}, models), models, dropped)


def _why_absent(params: Mapping[str, Any], variables: Mapping[str, str], local: frozenset[str] | None) -> str | None:
    missing = [name for name in _references(params) if name not in variables and name not in OPTIONAL_VARIABLES]
    if missing:
        return f"set {' and '.join(missing)} in .env"
    model = str(params["model"])
    if not model.startswith(OLLAMA_PREFIX):
        return None
    if local is None:
        return f"Ollama does not respond at {variables['OLLAMA_BASE_URL']}: run ./local_setup.sh"
    name = model.removeprefix(OLLAMA_PREFIX)
    return None if name in local else f"{name} is not pulled: run `ollama pull {name}`"


def _set_only(params: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    def is_set(value: Any) -> bool:
        return all(name in variables for name in _references(value))

    return {name: value for name, value in params.items() if is_set(value)}


def _pruned(document: dict[str, Any], models: tuple[str, ...]) -> dict[str, Any]:
    """`document` with fallbacks from and to present models only: LiteLLM refuses to start with others."""
    router = dict(document.get("router_settings") or {})
    pruned = []
    for entry in router.get("fallbacks") or []:
        for primary, seconds in entry.items():
            present = [name for name in seconds if name in models]
            if primary in models and present:
                pruned.append({primary: present})
    litellm = dict(document.get("litellm_settings") or {})
    litellm["default_fallbacks"] = [name for name in litellm.get("default_fallbacks") or [] if name in models]
    return {**document, "router_settings": {**router, "fallbacks": pruned}, "litellm_settings": litellm}


def effective_config(settings: Settings, path: Path = CONFIG) -> EffectiveConfig:
    """What the gateway would be started with now: asks Ollama whether it is there."""
    document = read_config(path)
    return render_config(document, provider_variables(document, settings), local_models(settings.ollama_base_url))


def full_config(settings: Settings, path: Path = CONFIG) -> EffectiveConfig:
    """The same as if Ollama were there with every model: what a gateway started then still runs with."""
    document = read_config(path)
    params = [str(entry["litellm_params"]["model"]) for entry in document["model_list"]]
    pulled = frozenset(m.removeprefix(OLLAMA_PREFIX) for m in params if m.startswith(OLLAMA_PREFIX))
    return render_config(document, provider_variables(document, settings), pulled)


def identity(settings: Settings) -> str:
    """Changes when the configuration, a key, a provider's address or the way there changes, but not with what is
    reachable now."""
    return _digest(full_config(settings), settings).hexdigest()


def fingerprint(config: EffectiveConfig, settings: Settings, root: Path = ROOT) -> str:
    """Changes when the configuration, a key, a provider's address or code that runs inside the gateway changes, or the
    certificates that it trusts."""
    digest = _digest(config, settings)
    digest.update(repr(version_of_certificates()).encode())
    digest.update(code_digest(files_behind([root / SHIM], root), root).encode())
    return digest.hexdigest()


def _digest(config: EffectiveConfig, settings: Settings) -> hashlib._Hash:
    key = settings.litellm_master_key.get_secret_value() if settings.litellm_master_key else ""
    told = [config.document, provider_variables(config.document, settings), key, network(os.environ)]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode())


def write_config(config: EffectiveConfig, path: Path) -> None:
    """Write the effective configuration (it holds no key) to `path`; GatewayError when it can't be written."""
    text = yaml.safe_dump(dict(config.document), sort_keys=False, allow_unicode=True)
    write_private(path, f"# Generated from {CONFIG.name} at each start of the gateway. Edit that file instead.\n{text}")


def write_private(path: Path, text: str) -> None:
    """Write `text` whole or not at all, readable by its owner only. GatewayError names the file and the trouble."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise GatewayError(
            f"{path} can't be written: {error.strerror}.", "Free up space, or set STATE_DIR to a writable folder."
        ) from None
