"""All settings: one class whose fields carry their help, from which `.env.example` and the README's table are made."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from analyst.core.agents import ROLES
from analyst.core.errors import SettingsError

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""
ENCODING = "utf-8-sig"
"""Of .env: an editor may have put a mark before its text."""
_MAIL = re.compile(r"[^@\s,<>]+@[^@\s,<>]+")


class Settings(BaseSettings):
    """Read from the environment, then from .env; an empty value counts as not set."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    litellm_proxy_url: str = Field(
        "http://localhost:4000",
        description="Address of the LiteLLM gateway. Not set: port 4000, or the next one that is free.",
    )
    litellm_master_key: SecretStr | None = Field(
        None, description="The gateway's master key. Generated on first start and saved in .env."
    )
    ollama_base_url: str = Field(
        "http://localhost:11434", description="Address of the Ollama server (free local models)."
    )
    groq_api_key: SecretStr | None = Field(None, description="Groq API key, from console.groq.com/keys (budget cloud).")
    openrouter_api_key: SecretStr | None = Field(
        None, description="OpenRouter API key, from openrouter.ai/keys (budget cloud)."
    )
    anthropic_api_key: SecretStr | None = Field(
        None, description="Anthropic API key for Claude, from console.anthropic.com (premium)."
    )
    openai_api_key: SecretStr | None = Field(None, description="OpenAI API key, from platform.openai.com (optional).")
    vllm_base_url: str | None = Field(
        None, description="Address of an OpenAI-compatible vLLM server (optional), such as http://host:8000/v1."
    )
    vllm_model: str | None = Field(None, description="Name of the model that the vLLM server serves.")
    vllm_api_key: SecretStr | None = Field(None, description="API key for the vLLM server, if it requires one.")
    groq_api_base: str | None = Field(None, description="Override for the Groq API address, for a proxy or simulator.")
    openrouter_api_base: str | None = Field(None, description="Override for the OpenRouter API address.")
    anthropic_api_base: str | None = Field(None, description="Override for the Anthropic API address.")
    openai_api_base: str | None = Field(None, description="Override for the OpenAI API address.")
    daily_budget_usd: Decimal = Field(
        Decimal("20"), gt=0, le=1_000_000, description="Daily spending limit. A call that could exceed it is not made."
    )
    soft_budget_share: Decimal = Field(
        Decimal("0.8"), gt=0, le=1, description="Share of the budget above which cheaper models are preferred."
    )
    agent_budget_shares: Annotated[dict[str, Decimal], NoDecode] = Field(
        {}, description="Maximum share of the budget per agent, such as report_writer=0.5,insight_generator=0.3."
    )
    timezone: str = Field("UTC", description="Time zone in which the budget day starts.")
    target_latency_s: float = Field(
        8.0, gt=0, description="Target time for one analysis, in seconds. Used for routing and shown in reports."
    )
    analysis_deadline_s: float = Field(
        60.0, gt=0, description="Time after which an analysis stops waiting for better models, in seconds."
    )
    routing_policy: Literal["dynamic", "fixed"] = Field(
        "dynamic",
        description="Order of models: by measured performance (dynamic) or as listed in chains.yaml (fixed).",
    )
    chains_file: Path | None = Field(
        None,
        description="Path to your own model chains, in the format of analyst/llm/chains.yaml. Empty uses that file.",
    )
    hedge_share: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Share of calls for which a second model may also be asked when the first is slow, at extra cost. "
        "One that seems lost is always replaced. 0 turns both off.",
    )
    parallel_agents: bool = Field(
        True,
        description="Review the table while other agents work. Set to false if you have a single local model.",
    )
    consensus: Literal["critical", "always"] = Field(
        "critical",
        description="Which questions several models plan: those starting with critical: (or --consensus), or all.",
    )
    card_columns: int = Field(
        40,
        ge=1,
        description="Maximum number of columns shown to models. In wider tables, the most relevant are chosen.",
    )
    share_cells: Literal["auto", "never"] = Field(
        "auto",
        description="Single values shown to models: numbers, dates and categories of tables without personal data "
        "(auto), or none (never). Personal data, free text and identifiers are never shown.",
    )
    expected_daily_requests: int = Field(500, gt=0, description="Expected analyses per day, used to project costs.")
    metrics_export_path: Path = Field(
        Path("var/metrics.db"), description="SQLite file in which every model call is recorded."
    )
    database_url: str | None = Field(
        None, description="PostgreSQL connection URL, used instead of SQLite so that several machines share one budget."
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        None, description="OpenTelemetry endpoint for traces over HTTP, such as http://localhost:4318."
    )
    cache_ttl_s: float = Field(
        86_400.0, ge=0, description="How long a cached answer can be reused, in seconds. 0 turns the cache off."
    )
    cache_size: int = Field(
        500,
        ge=0,
        description="Maximum number of cached answers; the least recently used go first. 0 turns the cache off.",
    )
    runs_dir: Path = Field(Path("runs"), description="Folder for reports, charts and results.")
    state_dir: Path = Field(Path("var"), description="Folder for the gateway's log, lock and generated configuration.")
    uploads_dir: Path = Field(
        Path("var/uploads"),
        description="Folder for tables that are uploaded to the service. Share it between machines or set UPLOADS_URL.",
    )
    uploads_url: str = Field(
        "",
        description="Object storage for uploaded tables, such as s3://bucket/folder, gs:// or abfs://: every machine "
        "copies what it needs into its UPLOADS_DIR. Credentials come from the storage's own environment variables.",
    )
    uploads_cache_mb: int = Field(
        20_000, ge=0, description="Disk space for a machine's copies of uploaded tables when UPLOADS_URL is set, in MB."
    )
    keep_days: int | None = Field(
        None,
        ge=1,
        description="Days after which analyses are deleted with their reports, and uploaded tables that nobody asked "
        "about since. Costs stay recorded. Empty keeps everything.",
    )
    upload_limit_mb: int = Field(5000, ge=1, description="Maximum size of an uploaded table, in MB.")
    source_limit_rows: int = Field(
        5_000_000,
        ge=1000,
        description="Maximum number of rows read from a database server. A larger table is asked on PostgreSQL; of "
        "MySQL, a random sample is read.",
    )
    source_limit_mb: int = Field(
        2000, ge=1, description="Maximum size of a download, and of what is read from a database server, in MB."
    )
    source_timeout_s: float = Field(
        300.0, gt=0, description="Time limit for one query of a database server that a table is read from, in seconds."
    )
    source_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts whose URLs users of the service may ask about, such as data.example.com,db.example.com:5432."
        " Empty: only uploaded tables and samples. The command line may use any URL.",
    )
    open_tables_mb: int = Field(
        4096,
        ge=0,
        description="Disk space in STATE_DIR for tables that the service keeps open for the next question, in MB. "
        "0 keeps none.",
    )
    analyses_at_once: int = Field(2, ge=1, le=64, description="Analyses that one process of the service runs at once.")
    running_per_asker: int = Field(2, ge=1, description="Analyses that run at once for one user of the service.")
    waiting_per_asker: int = Field(20, ge=1, description="Analyses of one user that may wait in the service's queue.")
    waiting_limit: int = Field(200, ge=1, description="Analyses of all users that may wait in the service's queue.")
    daily_usd_per_asker: Decimal | None = Field(
        None,
        ge=0,
        le=1_000_000,
        description="Daily spending limit of each user of the service, in US dollars. A user who has reached it is "
        "answered by free models. Empty: only DAILY_BUDGET_USD applies.",
    )
    requests_per_minute: int = Field(600, ge=1, description="API requests that one user may make in a minute.")
    alert_webhook_url: SecretStr | None = Field(
        None, description="Address that alerts are posted to as JSON, such as a Slack incoming webhook."
    )
    alert_mail_to: str | None = Field(None, description="Mail addresses that alerts are sent to, separated by commas.")
    alert_mail_from: str | None = Field(None, description="Sender of alert mails. Empty: the first recipient.")
    smtp_url: SecretStr | None = Field(
        None, description="Mail server for alerts, such as smtp://user:password@mail.example.com:587, or smtps://."
    )
    alert_budget_share: Decimal = Field(
        Decimal("0.8"), gt=0, le=1, description="Share of the daily budget from which an alert is sent."
    )
    alert_failure_share: float = Field(
        0.25, gt=0, le=1, description="Share of failed model calls in 15 minutes from which an alert is sent."
    )
    engine_url: SecretStr | None = Field(
        None,
        description="Server for tables that stay where they are (spark:TABLE): Spark Connect, such as "
        "sc://host:15002/;use_ssl=true;token=..., or spark://local to start Spark on this machine.",
    )
    engine_timeout_s: float = Field(
        300.0, gt=0, description="Time limit for one step of a plan on the server at ENGINE_URL, in seconds."
    )
    engine_tables: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Tables at ENGINE_URL that users of the service may ask about, such as sales.*,parquet:/data/*. "
        "Empty: none. The command line may use any.",
    )
    jdbc_user: str | None = Field(None, description="User of the databases that the server at ENGINE_URL reads (JDBC).")
    jdbc_password: SecretStr | None = Field(None, description="Password of that user.")
    sql_timeout_s: float = Field(30.0, gt=0, description="Time limit for one step of a plan, in seconds.")
    sql_memory_mb: int = Field(2048, ge=256, description="Memory limit for running a plan, in MB.")

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
                raise ValueError(
                    f"{part!r} must be an agent ({', '.join(ROLES)}), then = and a share above 0 and up to 1"
                )
            shares[agent] = Decimal(share)
        return shares

    @field_validator("source_hosts", mode="before")
    @classmethod
    def _hosts(cls, given: Any) -> Any:
        """The hosts in `data.example.com,db.example.com:5432`."""
        if not isinstance(given, str):
            return given
        hosts = tuple(filter(None, (part.strip().lower() for part in given.split(","))))
        if wrong := next(
            (host for host in hosts if not re.fullmatch(r"[^\s/@:]+(:\d+)?|\[[0-9a-f:]+\](:\d+)?", host)), None
        ):
            raise ValueError(f"{wrong!r} must be a host, or a host with its port, such as db.example.com:5432")
        return hosts

    @field_validator("engine_tables", mode="before")
    @classmethod
    def _patterns(cls, given: Any) -> Any:
        """The patterns in `sales.*,parquet:/data/*`."""
        return tuple(filter(None, map(str.strip, given.split(",")))) if isinstance(given, str) else given

    @field_validator("engine_url")
    @classmethod
    def _engine_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not re.match(r"sc://[^/\s:;]+|spark://local$", url.get_secret_value()):
            raise ValueError("must be an address such as sc://host:15002, or spark://local")
        return url

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("must be a time zone such as Europe/Paris") from error
        return name

    @field_validator("litellm_proxy_url", "ollama_base_url", "otel_exporter_otlp_endpoint")
    @classmethod
    def _http_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if not url.startswith(("http://", "https://")):
            raise ValueError("must be an address such as http://localhost:4000")
        return url.rstrip("/")

    @field_validator("alert_webhook_url")
    @classmethod
    def _web_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not re.match(r"https?://[^/\s]", url.get_secret_value()):
            raise ValueError("must be an address such as https://hooks.slack.com/services/...")
        return url

    @field_validator("alert_mail_to", "alert_mail_from")
    @classmethod
    def _mail_addresses(cls, given: str | None) -> str | None:
        if given is not None and not all(_MAIL.fullmatch(part.strip()) for part in given.split(",")):
            raise ValueError("must be an address such as ops@example.com")
        return given

    @property
    def cache_dir(self) -> Path:
        """The folder of what can be made anew at any time."""
        return self.state_dir / "cache"

    @field_validator("metrics_export_path", "runs_dir", "state_dir", "uploads_dir")
    @classmethod
    def _from_root(cls, path: Path) -> Path:
        return path if path.is_absolute() else ROOT / path


def load_settings(env_file: Path | None = None, **given: Any) -> Settings:
    """The settings of this process. SettingsError names the variable, its value and what it should be."""
    path = env_file or ROOT / ".env"
    try:
        if path.is_dir():
            raise SettingsError(f"{path} is a folder, not a file.", "Remove it and copy .env.example there.")
        return Settings(_env_file=path, _env_file_encoding=ENCODING, **given)  # type: ignore[call-arg]
    except ValidationError as error:
        told = "; ".join(
            f"{str(e['loc'][0]).upper()}={_shown(e)!r}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        )
        raise SettingsError(f"Invalid setting: {told}.", f"Fix it in {path} or in the environment.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} can't be read: {error}.", "Create it again from .env.example.") from None


def _shown(error: ErrorDetails) -> object:
    """The value that is wrong; of a secret nothing."""
    field = Settings.model_fields.get(str(error["loc"][0]))
    return "..." if field is not None and is_secret(field) else error["input"]


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting's value may be shown to nobody."""
    return SecretStr.__name__ in str(field.annotation)
