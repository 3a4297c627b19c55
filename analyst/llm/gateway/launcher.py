"""Start, find, check and stop the gateway. Two processes at once start one; it outlives whoever started it.

A gateway of ours is known by its record in the state folder (pid and birth); one that was started elsewhere by its
answer to our key. What runs is compared with what the settings ask for now, and started anew when they differ.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values
from filelock import BaseFileLock, FileLock, Timeout

from analyst.core.errors import GatewayError, KeyRejectedError, PlatformError, PortTakenError
from analyst.core.settings import ROOT, Settings
from analyst.llm.gateway.certificates import certificates
from analyst.llm.gateway.config import (
    EffectiveConfig,
    effective_config,
    fingerprint,
    full_config,
    provider_variables,
    write_config,
)
from analyst.llm.gateway.masterkey import DEFAULT_ENV_FILE, with_master_key
from analyst.llm.gateway.probe import Address, Answer, parse_address, probe, warm_up
from analyst.llm.gateway.process import ProcessRecord, end, is_alive, last_lines, read_record, start

GATEWAY_ENVIRONMENT = ROOT / ".venv-gateway"
START_TIMEOUT_S = 180.0
POLL_S = 0.2
LOCK = "gateway.lock"
PASSED_ON = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy"),
)
"""All that the gateway gets of our environment: LiteLLM would act on DATABASE_URL, REDIS_HOST, PORT and many more."""
OnNote = Callable[[str], None]


@dataclass(frozen=True)
class GatewayInfo:
    """A gateway that answers. `dropped` maps each model that is not offered to what to do about it."""

    url: str
    key: str = field(repr=False)
    models: tuple[str, ...]
    dropped: Mapping[str, str]
    started: bool


@dataclass(frozen=True)
class GatewayStatus:
    """What `status` found: running, starting, stopped, or in the way of it (port taken, key rejected, no answer)."""

    state: str
    url: str
    pid: int | None = None
    models: tuple[str, ...] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""


def _silent(text: str) -> None:
    """Takes a note and says nothing."""


def ensure_running(
    settings: Settings,
    *,
    on_note: OnNote = _silent,
    env_file: Path | None = None,
    environment: Path = GATEWAY_ENVIRONMENT,
    root: Path = ROOT,
    timeout_s: float = START_TIMEOUT_S,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> GatewayInfo:
    """The gateway of these settings, started if need be (about 20 s), or started anew if it is out of date.

    `environment` is the folder of LiteLLM's environment, `root` what it imports the embedded analyst from.
    PortTakenError, KeyRejectedError, SettingsError (the user's), GatewayError (it does not start, disk full).
    """
    address = parse_address(settings.litellm_proxy_url)
    if not address.is_local:
        return _use_remote(settings, address, env_file)
    _make_folder(settings.state_dir)
    with _locked(settings.state_dir / LOCK, timeout_s, on_note):
        settings = with_master_key(settings, env_file)
        launch = _Launch(settings, address, environment, root, on_note, timeout_s, clock, sleep)
        try:
            return launch.ensure()
        except OSError as error:
            place = error.filename or settings.state_dir
            raise GatewayError(
                f"{place}: {error.strerror}.", "Free up space, or set STATE_DIR to another folder."
            ) from None


def revive(settings: Settings, *, on_note: OnNote = _silent, env_file: Path | None = None) -> bool:
    """Start a gateway again that died since it was found running; whether one answers now.

    False when it can't be started, or lives elsewhere. Several processes at once start one.
    """
    key = settings_key(settings, env_file)
    if key and probe(parse_address(settings.litellm_proxy_url).url, key).who in ("ours", "silent"):
        return True
    on_note("The gateway has stopped. Restarting it.")
    try:
        ensure_running(settings, on_note=on_note, env_file=env_file)
    except PlatformError as error:
        on_note(str(error))
        return False
    return True


def settings_key(settings: Settings, env_file: Path | None = None) -> str | None:
    """The master key, if there is one yet: from the settings, or made since by another process."""
    if settings.litellm_master_key is not None:
        return settings.litellm_master_key.get_secret_value()
    path = env_file or DEFAULT_ENV_FILE
    try:
        return dotenv_values(path, encoding="utf-8-sig").get("LITELLM_MASTER_KEY") if path.is_file() else None
    except (OSError, UnicodeDecodeError):
        return None


def status(settings: Settings, *, env_file: Path | None = None) -> GatewayStatus:
    """What stands at the gateway's address now. Changes nothing."""
    address = parse_address(settings.litellm_proxy_url)
    record = read_record(settings.state_dir)
    answer = probe(address.url, settings_key(settings, env_file) or "none")
    pid = record.pid if record else None
    if answer.who == "ours":
        return GatewayStatus("running", address.url, pid, answer.models, effective_config(settings).dropped)
    if record is not None:
        state = "starting" if answer.who == "nobody" else "no answer"
        return GatewayStatus(
            state, address.url, pid, detail=f"process {record.pid} is running but does not respond yet"
        )
    states = {"nobody": "stopped", "wrong_key": "key rejected"}
    return GatewayStatus(states.get(answer.who, "port taken"), address.url)


def stop(settings: Settings, *, on_note: OnNote = _silent) -> bool:
    """Stop the gateway that was started from this state folder and wait until it is gone; False if none was.

    GatewayError when a gateway with our key answers that was started elsewhere.
    """
    if not settings.state_dir.is_dir():
        return False
    with _locked(settings.state_dir / LOCK, START_TIMEOUT_S, on_note):
        record = read_record(settings.state_dir)
        if record is not None:
            end(record)
            (settings.state_dir / "gateway.json").unlink(missing_ok=True)
            return True
    address, key = parse_address(settings.litellm_proxy_url), settings_key(settings)
    if key and probe(address.url, key).who == "ours":
        raise GatewayError(
            f"The gateway at {address.url} was not started from this folder.", "Stop it where it was started."
        )
    return False


def _use_remote(settings: Settings, address: Address, env_file: Path | None) -> GatewayInfo:
    key = settings_key(settings, env_file) or ""
    answer = probe(address.url, key)
    if answer.who == "ours":
        return GatewayInfo(address.url, key, answer.models, {}, started=False)
    if answer.who == "wrong_key":
        raise _key_rejected(address)
    raise GatewayError(
        f"No gateway of this platform responds at {address.url} (LITELLM_PROXY_URL).",
        "Start it there. Only a gateway on localhost is started automatically.",
    )


def _key_rejected(address: Address) -> KeyRejectedError:
    return KeyRejectedError(
        f"The LiteLLM gateway at {address.url} rejects our master key.",
        "Set LITELLM_MASTER_KEY in .env to its key, stop it, or set LITELLM_PROXY_URL to another port.",
    )


def _port_taken(address: Address) -> PortTakenError:
    return PortTakenError(
        f"Port {address.port} is in use by another program.",
        f"Stop that program, or set LITELLM_PROXY_URL=http://localhost:{address.port + 1} in .env.",
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GatewayError(
            f"{folder} can't be created: {error.strerror}.", "Set STATE_DIR to a writable folder."
        ) from None


@contextmanager
def _locked(path: Path, timeout_s: float, on_note: OnNote) -> Iterator[None]:
    """Hold the lock file: one process at a time starts or stops the gateway. It is free again when its holder dies."""
    lock = FileLock(path, mode=0o600)
    try:
        _wait_for_lock(lock, timeout_s, on_note)
    except Timeout:
        raise GatewayError(
            "Another process has been starting or stopping the gateway for too long.",
            "Stop it (see `python main.py gateway status`) and try again.",
        ) from None
    except OSError as error:
        raise GatewayError(
            f"{path} can't be opened: {error.strerror}.", "Set STATE_DIR to a writable folder."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _wait_for_lock(lock: BaseFileLock, timeout_s: float, on_note: OnNote) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        on_note("Another process is starting the gateway: waiting for it.")
        lock.acquire(timeout=timeout_s, poll_interval=POLL_S)


class _Launch:
    """One decision, made under the lock: use what runs, start, or start anew."""

    def __init__(
        self,
        settings: Settings,
        address: Address,
        environment: Path,
        root: Path,
        on_note: OnNote,
        timeout_s: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        key = settings.litellm_master_key
        self._settings, self._address, self._environment, self._root = settings, address, environment, root
        self._key = key.get_secret_value() if key else ""
        self._on_note, self._timeout_s, self._clock, self._sleep = on_note, timeout_s, clock, sleep

    def ensure(self) -> GatewayInfo:
        """Use, start or start anew."""
        wanted = effective_config(self._settings)
        record = read_record(self._settings.state_dir)
        if record is not None and self._is_current(record, wanted):
            self._wait_until_ready(record)
            return self._info(wanted, started=False)
        if record is not None:
            self._on_note("Settings, keys or models have changed. Restarting the gateway.")
            end(record)
        answer = self._probe()
        if answer.who == "ours":
            return GatewayInfo(self._address.url, self._key, answer.models, wanted.dropped, started=False)
        self._refuse_unless_free(answer)
        self._start(wanted)
        return self._info(wanted, started=True)

    def _info(self, wanted: EffectiveConfig, *, started: bool) -> GatewayInfo:
        return GatewayInfo(self._address.url, self._key, wanted.models, wanted.dropped, started)

    def _is_current(self, record: ProcessRecord, wanted: EffectiveConfig) -> bool:
        """Ollama having stopped since is no reason to start anew: its models are just not offered."""
        asked = {fingerprint(config, self._settings, self._root) for config in (wanted, full_config(self._settings))}
        return record.url == self._address.url and record.fingerprint in asked

    def _probe(self) -> Answer:
        return probe(self._address.url, self._key)

    def _refuse_unless_free(self, answer: Answer) -> None:
        if answer.who == "wrong_key":
            raise _key_rejected(self._address)
        if answer.who != "nobody":
            raise _port_taken(self._address)

    def _start(self, wanted: EffectiveConfig) -> None:
        python, program = self._environment / "bin" / "python", self._environment / "bin" / "litellm"
        if not (python.exists() and program.exists()):
            raise GatewayError(f"LiteLLM is not installed in {self._environment}.", "Run `make setup`.")
        self._on_note("Starting the gateway. This takes about 20 seconds, and it keeps running for the next analysis.")
        config = write_config(wanted, self._settings.state_dir)
        listen = ("--host", self._address.host, "--port", str(self._address.port))
        record = start(
            (str(python), str(program), "--config", str(config), *listen),
            self._variables(wanted),
            self._settings.state_dir,
            url=self._address.url,
            made_of=fingerprint(wanted, self._settings, self._root),
            models=wanted.models,
        )
        self._wait_until_ready(record)
        # LiteLLM imports a second's worth at its first call: better now than in an analysis, where it counts as slow.
        warm_up(self._address.url, self._key)

    def _variables(self, wanted: EffectiveConfig) -> dict[str, str]:
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        exempt = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
        no_proxy = ",".join(filter(None, [exempt, "localhost", "127.0.0.1", "::1"]))
        return {
            **kept,
            **certificates(os.environ),
            **provider_variables(wanted.document, self._settings),
            "LITELLM_MASTER_KEY": self._key,
            "PYTHONPATH": str(self._root),
            "PYTHONUNBUFFERED": "1",
            "NO_PROXY": no_proxy,
            "no_proxy": no_proxy,
            **QUIET,
        }

    def _wait_until_ready(self, record: ProcessRecord) -> None:
        until = self._clock() + self._timeout_s
        while self._probe().who != "ours":
            if not is_alive(record):
                raise self._not_started()
            if self._clock() > until:
                raise GatewayError(
                    f"No response from the gateway (process {record.pid}) at {record.url} in {self._timeout_s:.0f} s.",
                    f"See {self._settings.state_dir / 'gateway.log'}, or run `python main.py gateway stop` and retry.",
                )
            self._sleep(POLL_S)

    def _not_started(self) -> GatewayError | PortTakenError:
        told = last_lines(self._settings.state_dir)
        if "address already in use" in told.lower():
            return _port_taken(self._address)
        log = self._settings.state_dir / "gateway.log"
        return GatewayError(
            f"The gateway did not start. The end of {log}:\n{told}\n", "Run `python main.py gateway doctor`."
        )


QUIET = {
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_AUTOROUTER_PRESETS": "True",
    "LITELLM_LOCAL_POLICY_TEMPLATES": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_DONT_SHOW_FEEDBACK_BOX": "true",
    "DISABLE_ADMIN_UI": "True",
    "NO_DOCS": "True",
}
"""No .env of its own choosing, nothing fetched from the internet at start, no pages beside the API."""
