"""All settings: one class whose fields carry their help. `.env.example` and the README's table are made from it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from analyst.core.agents import ROLES
from analyst.core.errors import SettingsError

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""


class Settings(BaseSettings):
    """Read from the environment, then from .env; an empty value counts as not set."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    litellm_proxy_url: str = Field("http://localhost:4000", description="Where the LiteLLM gateway listens.")
    litellm_master_key: SecretStr | None = Field(
        None, description="The gateway's key; made on its first start and kept in .env."
    )
    ollama_base_url: str = Field("http://localhost:11434", description="Where Ollama listens (local models, free).")
    groq_api_key: SecretStr | None = Field(None, description="Groq: console.groq.com/keys (budget cloud).")
    openrouter_api_key: SecretStr | None = Field(None, description="OpenRouter: openrouter.ai/keys (budget cloud).")
    anthropic_api_key: SecretStr | None = Field(None, description="Claude: console.anthropic.com (premium).")
    openai_api_key: SecretStr | None = Field(None, description="OpenAI: platform.openai.com (optional).")
    vllm_base_url: str | None = Field(
        None, description="An OpenAI-compatible vLLM server (optional), as http://host:8000/v1."
    )
    vllm_model: str | None = Field(None, description="The model that the vLLM server serves.")
    vllm_api_key: SecretStr | None = Field(None, description="The vLLM server's key, if it wants one.")
    groq_api_base: str | None = Field(None, description="Another address for Groq's API (a proxy or a simulator).")
    openrouter_api_base: str | None = Field(None, description="Another address for OpenRouter's API.")
    anthropic_api_base: str | None = Field(None, description="Another address for Anthropic's API.")
    openai_api_base: str | None = Field(None, description="Another address for OpenAI's API.")
    daily_budget_usd: Decimal = Field(Decimal("20"), gt=0, description="No call is made that could pass this, a day.")
    soft_budget_share: Decimal = Field(
        Decimal("0.8"), gt=0, le=1, description="The part of the budget after which cheaper models are preferred."
    )
    agent_budget_shares: Annotated[dict[str, Decimal], NoDecode] = Field(
        {}, description="The most that agents may take of the budget, as report_writer=0.5,insight_generator=0.3."
    )
    timezone: str = Field("UTC", description="The time zone in which the budget's day starts.")
    target_latency_s: float = Field(
        8.0, gt=0, description="What an analysis should take (seconds); shown in the report."
    )
    analysis_deadline_s: float = Field(
        60.0, gt=0, description="When an analysis stops waiting for better models (seconds)."
    )
    routing_policy: Literal["dynamic", "fixed"] = Field(
        "dynamic",
        description="In which order models are tried: as measured (dynamic), or as chains.yaml has it (fixed).",
    )
    chains_file: Path | None = Field(
        None, description="Your own chains of models, in the form of analyst/llm/chains.yaml (empty: that file)."
    )
    hedge_after_s: float = Field(
        0.0, ge=0, description="Seconds after which the report is asked of a second model too, paid as well (0: never)."
    )
    parallel_agents: bool = Field(
        True,
        description="Whether the first two agents work side by side (false: in turn, for one local model at a time).",
    )
    consensus: Literal["critical", "always"] = Field(
        "critical",
        description="Which questions several models plan: those that begin with critical: (and --consensus), or all.",
    )
    card_columns: int = Field(
        40,
        ge=1,
        description="How many columns of a table models are told of; of a wider one, the named and most useful ones.",
    )
    expected_daily_requests: int = Field(500, gt=0, description="Analyses a day, for projected costs.")
    metrics_export_path: Path = Field(
        Path("var/metrics.db"), description="The SQLite file that every call is recorded in as it happens."
    )
    database_url: str | None = Field(None, description="PostgreSQL instead of SQLite (many machines, one budget).")
    otel_exporter_otlp_endpoint: str | None = Field(
        None, description="Where OpenTelemetry traces go, over HTTP, as http://localhost:4318."
    )
    cache_ttl_s: float = Field(
        86_400.0, ge=0, description="How long a kept answer may be given again (seconds; 0: no answer is kept)."
    )
    cache_size: int = Field(
        500, ge=0, description="How many answers are kept; the least recently used one goes first (0: none is kept)."
    )
    runs_dir: Path = Field(Path("runs"), description="Where each analysis keeps its report, charts and result.json.")
    state_dir: Path = Field(Path("var"), description="Where the gateway keeps its log, its lock and its configuration.")
    sql_timeout_s: float = Field(30.0, gt=0, description="When a plan's step is stopped (seconds).")
    sql_memory_mb: int = Field(2048, ge=256, description="What a plan may use of memory (MB).")

    @field_validator("agent_budget_shares", mode="before")
    @classmethod
    def _shares(cls, given: Any) -> Any:
        """The shares in `report_writer=0.5,insight_generator=0.3`."""
        if not isinstance(given, str):
            return given
        shares: dict[str, Decimal] = {}
        for part in filter(None, (part.strip() for part in given.split(","))):
            agent, _, share = (word.strip() for word in part.partition("="))
            try:
                known = agent in ROLES and 0 < Decimal(share) <= 1
            except InvalidOperation:
                known = False
            if not known:
                raise ValueError(f"{part!r} is not an agent ({', '.join(ROLES)}) = a share above 0 and up to 1")
            shares[agent] = Decimal(share)
        return shares

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("not a time zone such as Europe/Paris") from error
        return name

    @field_validator("litellm_proxy_url", "ollama_base_url", "otel_exporter_otlp_endpoint")
    @classmethod
    def _http_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if not url.startswith(("http://", "https://")):
            raise ValueError("not an address such as http://localhost:4000")
        return url.rstrip("/")

    @field_validator("metrics_export_path", "runs_dir", "state_dir")
    @classmethod
    def _from_root(cls, path: Path) -> Path:
        return path if path.is_absolute() else ROOT / path


def load_settings(env_file: Path | None = None, **given: Any) -> Settings:
    """The settings of this process. SettingsError names the variable, its value and what it should be."""
    path = env_file or ROOT / ".env"
    try:
        if path.is_dir():
            raise SettingsError(f"{path} is a folder.", "Remove it and write a file: see .env.example.")
        return Settings(_env_file=path, _env_file_encoding="utf-8-sig", **given)  # type: ignore[call-arg]
    except ValidationError as error:
        told = "; ".join(
            f"{str(e['loc'][0]).upper()}={e['input']!r}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        )
        raise SettingsError(f"Bad setting: {told}.", f"Mend it in {path} or in the environment.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} can't be read: {error}.", "Write it anew from .env.example.") from None
