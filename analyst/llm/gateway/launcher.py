"""Start, find, check and stop the gateway. Two processes at once start one; it outlives whoever started it.

A gateway of ours is known by its record in the state folder (pid and birth); one that was started elsewhere by its
answer to our key. One whose configuration is what the settings ask for is used; one with another configuration may
serve another shell and is left alone: a second one is started on the next free port, or the port that LITELLM_PROXY_URL
fixes is said to be taken.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from dotenv import dotenv_values
from filelock import BaseFileLock, FileLock, Timeout
from pydantic import SecretStr

from analyst.core.errors import GatewayError, KeyRejectedError, PlatformError, PortTakenError, UserError
from analyst.core.settings import ROOT, Settings
from analyst.llm.gateway.config import (
    EffectiveConfig,
    effective_config,
    fingerprint,
    full_config,
    provider_variables,
    write_config,
)
from analyst.llm.gateway.environment import gateway_environment
from analyst.llm.gateway.masterkey import DEFAULT_ENV_FILE, with_master_key
from analyst.llm.gateway.probe import Address, Answer, parse_address, probe, warm_up
from analyst.llm.gateway.process import (
    ProcessRecord,
    end,
    is_alive,
    last_lines,
    log_file,
    note_use,
    read_records,
    record_file,
    retire,
    start,
)

GATEWAY_ENVIRONMENT = ROOT / ".venv-gateway"
START_TIMEOUT_S = 180.0
POLL_S = 0.2
LOCK = "gateway.lock"
DEFAULT_ADDRESS = parse_address(str(Settings.model_fields["litellm_proxy_url"].default))
"""Where a gateway listens unless LITELLM_PROXY_URL names another place, or the next free port where it is taken."""
PORTS_TRIED = 20
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


def revive(url: str, settings: Settings, *, on_note: OnNote = _silent, env_file: Path | None = None) -> bool:
    """Start the gateway at `url` again that died since it was found running; whether one answers there now.

    False when it can't be started, or lives elsewhere. Several processes at once start one.
    """
    key = settings_key(settings, env_file)
    if key and probe(url, key).who in ("ours", "silent"):
        return True
    on_note("The gateway has stopped. Restarting it.")
    try:
        settings = settings.model_copy(update={"litellm_proxy_url": url})
        return ensure_running(settings, on_note=on_note, env_file=env_file).url == url
    except PlatformError as error:
        on_note(str(error))
        return False


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
    """How the gateway of these settings stands now, or else what stands at its address. Changes nothing."""
    key = settings_key(settings, env_file)
    record = _current(settings, env_file)
    url = record.url if record else parse_address(settings.litellm_proxy_url).url
    answer = probe(url, key or "none")
    pid = record.pid if record else None
    if answer.who == "ours":
        return GatewayStatus("running", url, pid, answer.models, effective_config(settings).dropped)
    if record is not None:
        state = "starting" if answer.who == "nobody" else "no answer"
        return GatewayStatus(state, url, pid, detail=f"process {record.pid} is running but does not respond yet")
    states = {"nobody": "stopped", "wrong_key": "key rejected"}
    return GatewayStatus(states.get(answer.who, "port taken"), url)


def others(settings: Settings, *, env_file: Path | None = None) -> list[ProcessRecord]:
    """The gateways started from this state folder with other settings."""
    current = _current(settings, env_file)
    return [record for record in read_records(settings.state_dir) if record != current]


def _current(settings: Settings, env_file: Path | None) -> ProcessRecord | None:
    """The live gateway whose configuration is that of `settings`, at their address where they fix one."""
    if (key := settings_key(settings, env_file)) is None:
        return None
    settings = settings.model_copy(update={"litellm_master_key": SecretStr(key)})
    return current_record(settings, parse_address(settings.litellm_proxy_url), effective_config(settings), ROOT)


def current_record(settings: Settings, address: Address, wanted: EffectiveConfig, root: Path) -> ProcessRecord | None:
    """The live gateway made of `wanted`. Ollama having stopped since is no other configuration: its models are just
    not offered."""
    asked = {fingerprint(config, settings, root) for config in (wanted, full_config(settings))}
    places = {address.url} if address != DEFAULT_ADDRESS else None
    found = (r for r in read_records(settings.state_dir) if r.fingerprint in asked and (not places or r.url in places))
    return next(found, None)


def stop(settings: Settings, *, on_note: OnNote = _silent) -> bool:
    """Stop every gateway that was started from this state folder and wait until they are gone; False if none was.

    GatewayError when a gateway with our key answers that was started elsewhere.
    """
    if not settings.state_dir.is_dir():
        return False
    with _locked(settings.state_dir / LOCK, START_TIMEOUT_S, on_note):
        records = read_records(settings.state_dir)
        for record in records:
            end(record)
            record_file(settings.state_dir, record.fingerprint).unlink(missing_ok=True)
        if records:
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
        """Use or start: nothing that is in use is ever ended, and a port is found before anything is started."""
        wanted = effective_config(self._settings)
        record = current_record(self._settings, self._address, wanted, self._root)
        if record is not None:
            self._address = parse_address(record.url)
            note_use(self._settings.state_dir, record)
            self._wait_until_ready(record)
            return self._info(wanted, started=False)
        if self._found_elsewhere():
            return GatewayInfo(self._address.url, self._key, self._probe().models, wanted.dropped, started=False)
        self._address = self._free_address()
        retire(self._settings.state_dir)
        self._start(wanted)
        return self._info(wanted, started=True)

    def _info(self, wanted: EffectiveConfig, *, started: bool) -> GatewayInfo:
        return GatewayInfo(self._address.url, self._key, wanted.models, wanted.dropped, started)

    def _probe(self) -> Answer:
        return probe(self._address.url, self._key)

    def _found_elsewhere(self) -> bool:
        """Whether one that was started from another folder answers to our key."""
        ours = {record.url for record in read_records(self._settings.state_dir)}
        return self._address.url not in ours and self._probe().who == "ours"

    def _free_address(self) -> Address:
        """Where to listen: at the address that is fixed, or at the first free port from the default one on."""
        refusal = self._refusal(self._address)
        if refusal is None:
            return self._address
        if self._address != DEFAULT_ADDRESS:
            raise refusal
        for port in range(DEFAULT_ADDRESS.port + 1, DEFAULT_ADDRESS.port + PORTS_TRIED):
            address = replace(DEFAULT_ADDRESS, port=port)
            if self._refusal(address) is None:
                self._on_note(f"{refusal.message} The gateway uses port {port}.")
                return address
        raise refusal

    def _refusal(self, address: Address) -> UserError | None:
        """Why no gateway can be started at `address`; None when it is free."""
        if any(record.url == address.url for record in read_records(self._settings.state_dir)):
            return PortTakenError(
                f"Port {address.port} is in use by a gateway with other settings.",
                "Run `python main.py gateway stop`, or set LITELLM_PROXY_URL to another port.",
            )
        who = probe(address.url, self._key).who
        if who == "nobody":
            return None
        return _key_rejected(address) if who == "wrong_key" else _port_taken(address)

    def _start(self, wanted: EffectiveConfig) -> None:
        python, program = self._environment / "bin" / "python", self._environment / "bin" / "litellm"
        if not (python.exists() and program.exists()):
            raise GatewayError(f"LiteLLM is not installed in {self._environment}.", "Run `make setup`.")
        self._on_note("Starting the gateway. This takes about 20 seconds, and it keeps running for the next analysis.")
        made_of = fingerprint(wanted, self._settings, self._root)
        place = record_file(self._settings.state_dir, made_of)
        config = write_config(wanted, place.with_suffix(".yaml"))
        listen = ("--host", self._address.host, "--port", str(self._address.port))
        record = start(
            (str(python), str(program), "--config", str(config), *listen),
            gateway_environment(provider_variables(wanted.document, self._settings), self._key, self._root),
            self._settings.state_dir,
            url=self._address.url,
            made_of=made_of,
            models=wanted.models,
        )
        note_use(self._settings.state_dir, record)
        self._wait_until_ready(record)
        # LiteLLM imports a second's worth at its first call: better now than in an analysis, where it counts as slow.
        warm_up(self._address.url, self._key)

    def _wait_until_ready(self, record: ProcessRecord) -> None:
        until = self._clock() + self._timeout_s
        while self._probe().who != "ours":
            if not is_alive(record):
                raise self._not_started(record)
            if self._clock() > until:
                log = log_file(self._settings.state_dir, record.fingerprint)
                raise GatewayError(
                    f"No response from the gateway (process {record.pid}) at {record.url} in {self._timeout_s:.0f} s.",
                    f"See {log}, or run `python main.py gateway stop` and retry.",
                )
            self._sleep(POLL_S)

    def _not_started(self, record: ProcessRecord) -> GatewayError | PortTakenError:
        log = log_file(self._settings.state_dir, record.fingerprint)
        told = last_lines(log)
        if "address already in use" in told.lower():
            return _port_taken(self._address)
        return GatewayError(
            f"The gateway did not start. The end of {log}:\n{told}\n", "Run `python main.py gateway doctor`."
        )
