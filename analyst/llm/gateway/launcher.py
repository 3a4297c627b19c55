"""Find the gateway of these settings, start it, stop it. Two processes at once start one; it outlives them.

Gateways of ours are known by their records in the state folder, one that was started elsewhere by its answer to our
key, and that it was made of the same unless the user names its address. Settings that differ get a gateway of their
own, on the next free port: one that works for another process is never ended. What nobody uses is ended when the same
settings replace it, or some time after its last use.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from dotenv import dotenv_values
from filelock import BaseFileLock, FileLock, Timeout
from pydantic import SecretStr

from analyst.core.errors import GatewayError, KeyRejectedError, PlatformError, PortTakenError
from analyst.core.settings import ROOT, Settings
from analyst.llm.gateway import uses
from analyst.llm.gateway.config import EffectiveConfig, effective_config, fingerprint, full_config, identity
from analyst.llm.gateway.masterkey import DEFAULT_ENV_FILE, with_master_key
from analyst.llm.gateway.probe import Address, Answer, parse_address, probe
from analyst.llm.gateway.process import ProcessRecord, cut_log, end, read_records
from analyst.llm.gateway.starting import GATEWAY_ENVIRONMENT, POLL_S, START_TIMEOUT_S, Starter

LOCK = "gateway.lock"
IDLE_S = 900.0
"""How long after its last use a gateway of other settings is kept for the next use."""
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
    """What `status` found: running, starting, stopped, or in the way of it (port taken, key rejected, no answer).

    `own`: it is that of the settings, not one that other settings of this folder started.
    """

    state: str
    url: str
    pid: int | None = None
    models: tuple[str, ...] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
    own: bool = True


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
    """The gateway of these settings, started if need be (about 20 s); this process uses it from now on.

    Without LITELLM_PROXY_URL its port is 4000 or the next free one. `environment` and `root`: see Starter.
    PortTakenError, KeyRejectedError, SettingsError (the user's), GatewayError (it does not start, disk full).
    """
    address = parse_address(settings.litellm_proxy_url)
    if not address.is_local:
        return _use_remote(settings, address, env_file)
    _make_folder(settings.state_dir)
    with _locked(settings.state_dir / LOCK, timeout_s, on_note):
        settings = with_master_key(settings, env_file)
        starter = Starter(settings, environment, root, timeout_s, clock, sleep)
        try:
            return _Choice(starter, address, on_note).ensure()
        except OSError as error:
            place = error.filename or settings.state_dir
            raise GatewayError(
                f"{place}: {error.strerror}.", "Free up space, or set STATE_DIR to another folder."
            ) from None


def revive(settings: Settings, info: GatewayInfo, *, on_note: OnNote = _silent, env_file: Path | None = None) -> bool:
    """Start the gateway `info` again that died since it was found running, where it was; whether one answers now.

    False when it can't be started, or lives elsewhere. Several processes at once start one.
    """
    if probe(info.url, info.key).who in ("ours", "silent"):
        return True
    on_note("The gateway has stopped. Restarting it.")
    try:
        same = settings.model_copy(update={"litellm_proxy_url": info.url})
        ensure_running(same, on_note=on_note, env_file=env_file)
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
    """How the gateway of these settings stands. Changes nothing."""
    return statuses(settings, env_file=env_file)[0]


def statuses(settings: Settings, *, env_file: Path | None = None) -> list[GatewayStatus]:
    """First the gateway of these settings, or what stands at its address; then this folder's gateways of others."""
    if key := settings_key(settings, env_file):
        settings = settings.model_copy(update={"litellm_master_key": SecretStr(key)})
    wanted, records = effective_config(settings), read_records(settings.state_dir)
    current = _current(records, wanted, settings, ROOT)
    first = _of_record(current, key, wanted) if current else _at_address(settings, key, wanted, records)
    return [first, *(replace(_of_record(r, key, wanted), own=False) for r in records if r != current)]


def _of_record(record: ProcessRecord, key: str | None, wanted: EffectiveConfig) -> GatewayStatus:
    answer = probe(record.url, key or "none")
    if answer.who in ("ours", "wrong_key"):
        models = answer.models or record.models
        dropped = {model: fix for model, fix in wanted.dropped.items() if model not in models}
        return GatewayStatus("running", record.url, record.pid, models, dropped)
    state = "starting" if answer.who == "nobody" else "no answer"
    detail = f"process {record.pid} is running but does not respond yet"
    return GatewayStatus(state, record.url, record.pid, detail=detail)


def _at_address(
    settings: Settings, key: str | None, wanted: EffectiveConfig, records: list[ProcessRecord]
) -> GatewayStatus:
    """What these settings would meet: without an address of their own, only another's gateway with our key counts."""
    address = parse_address(settings.litellm_proxy_url)
    if any(record.url == address.url for record in records):
        return GatewayStatus("stopped", address.url)
    answer = probe(address.url, key or "none")
    same = answer.fingerprint in _fingerprints(wanted, settings, ROOT)
    if answer.who == "ours" and (same or _is_fixed(settings)):
        return GatewayStatus("running", address.url, None, answer.models, wanted.dropped)
    if not _is_fixed(settings):
        return GatewayStatus("stopped", address.url)
    return GatewayStatus({"nobody": "stopped", "wrong_key": "key rejected"}.get(answer.who, "port taken"), address.url)


def stop(settings: Settings, *, on_note: OnNote = _silent) -> int:
    """Stop the gateways that were started from this state folder and wait until they are gone; how many there were.

    GatewayError when a gateway with our key answers that was started elsewhere.
    """
    if not settings.state_dir.is_dir():
        return 0
    with _locked(settings.state_dir / LOCK, START_TIMEOUT_S, on_note):
        records = read_records(settings.state_dir)
        for record in records:
            _end(record, settings.state_dir)
    if records:
        return len(records)
    address, key = parse_address(settings.litellm_proxy_url), settings_key(settings)
    if _is_fixed(settings) and key and probe(address.url, key).who == "ours":
        raise GatewayError(
            f"The gateway at {address.url} was not started from this folder.", "Stop it where it was started."
        )
    return 0


def _end(record: ProcessRecord, state_dir: Path) -> None:
    end(record)
    uses.release(record.file(state_dir, "use"))
    for kind in ("json", "use"):
        record.file(state_dir, kind).unlink(missing_ok=True)


def _is_fixed(settings: Settings) -> bool:
    """Whether the user named the gateway's address."""
    return "litellm_proxy_url" in settings.model_fields_set


def _fingerprints(wanted: EffectiveConfig, settings: Settings, root: Path) -> set[str]:
    return {fingerprint(config, settings, root) for config in (wanted, full_config(settings))}


def _current(
    records: list[ProcessRecord], wanted: EffectiveConfig, settings: Settings, root: Path
) -> ProcessRecord | None:
    """The gateway of these settings among `records`, at their address if they name one.

    Ollama having stopped since is no reason to start anew: its models are just not offered.
    """
    asked = _fingerprints(wanted, settings, root)
    url = parse_address(settings.litellm_proxy_url).url
    fits = [r for r in records if r.fingerprint in asked and (r.url == url or not _is_fixed(settings))]
    return fits[0] if fits else None


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


def _port_taken(address: Address, by: str = "another program") -> PortTakenError:
    return PortTakenError(
        f"Port {address.port} is in use by {by}.",
        f"Stop it, remove LITELLM_PROXY_URL, or set it to another port: http://localhost:{address.port + 1}.",
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


class _Choice:
    """One decision, made under the lock: use what runs, or start one, where there is room for it."""

    def __init__(self, starter: Starter, address: Address, on_note: OnNote) -> None:
        self._starter, self._address, self._on_note = starter, address, on_note
        self._settings, self._folder = starter.settings, starter.settings.state_dir

    def ensure(self) -> GatewayInfo:
        """Use or start."""
        wanted = effective_config(self._settings)
        records = read_records(self._folder)
        current = _current(records, wanted, self._settings, self._starter.root)
        left = self._swept([record for record in records if record != current])
        if current is not None:
            cut_log(current.file(self._folder, "log"))
            self._use(current)
            self._starter.wait(current)
            return self._info(current.url, wanted, started=False)
        self._starter.check_installed()
        if _is_fixed(self._settings):
            return self._at_fixed(wanted, left)
        return self._at_next(wanted, left)

    def _use(self, record: ProcessRecord) -> None:
        uses.hold(record.file(self._folder, "use"))

    def _info(self, url: str, wanted: EffectiveConfig, *, started: bool) -> GatewayInfo:
        return GatewayInfo(url, self._starter.key, wanted.models, wanted.dropped, started)

    def _swept(self, others: list[ProcessRecord]) -> list[ProcessRecord]:
        """Those that stay: the unused are ended which the same settings replace, or which were left some time ago."""
        settings, left = identity(self._settings), []
        for record in others:
            used = record.file(self._folder, "use")
            replaced, idle = record.settings == settings, time.time() - uses.last_used(used) > IDLE_S
            if (replaced or idle) and not uses.used_by_others(used):
                if replaced:
                    self._on_note("The program or the models in reach have changed. Restarting the gateway.")
                _end(record, self._folder)
            else:
                left.append(record)
        return left

    def _at_fixed(self, wanted: EffectiveConfig, records: list[ProcessRecord]) -> GatewayInfo:
        """Start it where the user wants it. An idle gateway of other settings makes room, one in use does not."""
        for record in records:
            if record.url == self._address.url:
                if uses.used_by_others(record.file(self._folder, "use")):
                    raise _port_taken(self._address, "an analysis with other settings or keys")
                self._on_note("Settings, keys or models have changed. Restarting the gateway.")
                _end(record, self._folder)
        answer = probe(self._address.url, self._starter.key)
        if answer.who == "ours":
            if not self._is_same(answer, wanted):
                self._on_note(
                    f"The gateway at {self._address.url} was started elsewhere, with other settings or by another "
                    "version. It is used as it is."
                )
            return GatewayInfo(self._address.url, self._starter.key, answer.models, wanted.dropped, started=False)
        if answer.who == "wrong_key":
            raise _key_rejected(self._address)
        if answer.who != "nobody":
            raise _port_taken(self._address)
        try:
            return self._start(wanted, self._address)
        except PortTakenError:
            raise _port_taken(self._address) from None

    def _at_next(self, wanted: EffectiveConfig, records: list[ProcessRecord]) -> GatewayInfo:
        """Start it on the default port, or on the next one that is free."""
        taken = {record.url for record in records}
        if self._address.url not in taken:
            answer = probe(self._address.url, self._starter.key)
            if answer.who == "ours" and self._is_same(answer, wanted):
                return GatewayInfo(self._address.url, self._starter.key, answer.models, wanted.dropped, started=False)
        for port in range(self._address.port, self._address.port + PORTS_TRIED):
            address = replace(self._address, port=port)
            if address.url in taken or not _is_free(address):
                continue
            if port != self._address.port:
                self._on_note(f"Port {self._address.port} is in use, so the gateway is started on port {port}.")
            try:
                return self._start(wanted, address)
            except PortTakenError:
                continue
        last = self._address.port + PORTS_TRIED - 1
        raise PortTakenError(
            f"Ports {self._address.port} to {last} are in use.", "Set LITELLM_PROXY_URL to a free port in .env."
        )

    def _is_same(self, answer: Answer, wanted: EffectiveConfig) -> bool:
        return answer.fingerprint in _fingerprints(wanted, self._settings, self._starter.root)

    def _start(self, wanted: EffectiveConfig, address: Address) -> GatewayInfo:
        self._on_note("Starting the gateway. This takes about 20 seconds, and it keeps running for the next analysis.")
        self._use(self._starter.start(wanted, address))
        return self._info(address.url, wanted, started=True)


def _is_free(address: Address) -> bool:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        with socket.create_server((address.host, address.port), family=family):
            return True
    except OSError:
        return False
