"""How each model is doing, known to all processes: its breaker, its rate limits, and what was sent in the last minute.

The state lies in the store and is read at most every FRESH_S; a change is written at once, by compare-and-swap, so a
failure that one process met spares the others. While the store can't be used, each process knows its own.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import CallError, StoreError
from analyst.llm.resilience.breaker import LONG_PAUSES, WEIGHTS, Breaker, read_breaker
from analyst.llm.resilience.limits import WINDOW_S, Limits, Usage, Window, read_limits, read_window
from analyst.protocol.calls import GatewayReply
from analyst.storage.model_state import read_all, write
from analyst.storage.performance import usage

if TYPE_CHECKING:
    from analyst.storage.database import Store

FRESH_S = 0.5
"""How old what is known of the other processes may be."""
_TRIES = 20
"""Processes that change one model's state at once take turns; so many turns are never needed in practice."""


@dataclass(frozen=True)
class State:
    """What is saved of a model."""

    breaker: Breaker = field(default_factory=Breaker)
    limits: Limits = field(default_factory=Limits)
    version: int = 0

    def saved(self) -> dict[str, float | int | str]:
        """As the store keeps it."""
        return asdict(self.breaker) | asdict(self.limits)


Change = Callable[[State], State]


class Health:
    """The models' health on `store` (None: this process only). `accounts` maps a model to whose key it uses, `at_once`
    those with few places to how many calls they work on at the same time."""

    def __init__(
        self,
        store: Store | None = None,
        accounts: Mapping[str, str] | None = None,
        at_once: Mapping[str, int] | None = None,
        *,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = lambda: random.uniform(0.8, 1.2),
        fresh_s: float = FRESH_S,
    ) -> None:
        self._store, self._accounts, self._clock = store, dict(accounts or {}), clock
        self._at_once = {model: places for model, places in (at_once or {}).items() if places}
        self._jitter, self._fresh_s = jitter, fresh_s
        self._states: dict[str, State] = {}
        self._recorded: dict[str, Usage] = {}
        self._unrecorded: dict[str, tuple[tuple[float, int], ...]] = {}
        self._recorded_at = float("-inf")
        self._flying: dict[str, Usage] = {}
        self._windows: dict[str, tuple[Window, Usage]] = {}
        self._well_at: dict[str, float] = {}
        self._read_at = float("-inf")
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()

    def headroom(self, model: str) -> float | None:
        """The share (0 to 1) of the rate limit, or of the places, of `model` that is free; None: no limit is known."""
        self._refresh()
        now, state, used = self._clock(), self._state(model), self._used(model)
        window, since = self._windows.get(model, (None, Usage()))
        shares = [
            state.limits.share_left(now, used),
            window.share_left(now, since) if window is not None else None,
            self._places_left(model),
        ]
        return min((share for share in shares if share is not None), default=None)

    def admit(self, model: str, tokens: int, timeout_s: float, *, queue: bool = False) -> None:
        """Let one call of about `tokens` pass, or say in a CallError why it may not now. A probe is claimed by it.

        `queue`: whether it may wait for one of the model's places.
        """
        if model == EMBEDDED_MODEL:
            return
        self._refresh()
        now, state, used = self._clock(), self._state(model), self._used(model)
        if (wait := self._wait(model, state, used, tokens, now)) > 0:
            raise CallError("rate_limited", f"{model} accepts no calls for another {wait:.0f} s.", retry_after_s=wait)
        if self._is_full(model) and not queue:
            raise CallError("rate_limited", f"{model} handles {self._at_once[model]} at a time and is busy.")
        stands = state.breaker.state(now)
        if stands == "half-open" and self._claim_probe(model, timeout_s):
            return
        if stands != "closed":
            reason = state.breaker.reason or "unavailable"
            raise CallError(reason, f"{model} is skipped: {self._state(model).breaker.told(now)}.")

    def pause(self, model: str) -> float | None:
        """Seconds until `model` may be asked again (0: now); None when nobody knows: it is busy, or a person must mend
        what stops it."""
        self._refresh()
        now, state = self._clock(), self._state(model)
        if state.breaker.reason in LONG_PAUSES or self._is_full(model):
            return None
        return max(state.breaker.wait(now), self._wait(model, state, self._used(model), 0, now))

    @contextlib.contextmanager
    def under_way(self, model: str, tokens: int) -> Iterator[float]:
        """Count a call of about `tokens` against the model's limits, from now on and while the block runs; the moment
        that it is asked at."""
        self._began(model, tokens)
        try:
            yield self._clock()
        finally:
            self._ended(model, tokens)

    def unasked(self, model: str) -> None:
        """An admitted call was not made, or ended without a word of the model: if it was the probe, another may be."""
        self._change(model, lambda s: replace(s, breaker=s.breaker.unprobed()))

    def answered(self, model: str, reply: GatewayReply, *, asked_at: float | None = None) -> None:
        """An answer came to what was `asked_at` then (None: just now): the breaker closes, and its headers say what is
        left of the limits."""
        now = self._clock()
        with self._lock:
            self._well_at[model] = max(now if asked_at is None else asked_at, self._well_at.get(model, 0.0))
        if (window := read_window(reply.headers, now)) is not None:
            with self._lock:
                self._windows[model] = (window, Usage())
        state = self._state(model)
        if not state.breaker.clean or state.limits.answered(now) != state.limits:
            self._change(model, lambda s: replace(s, breaker=Breaker(), limits=s.limits.answered(now)))
        if state.breaker.reason in LONG_PAUSES:
            for other in self._same_account(model):
                self._change(other, lambda s: s if s.breaker.reason != state.breaker.reason else State(limits=s.limits))

    def failed(self, model: str, error: CallError, *, asked_at: float | None = None, billed: bool = False) -> None:
        """A call that was `asked_at` then (None: just now) failed, and was `billed` all the same: what that says of
        the model, or of all on the same key.

        Nothing where the model has answered what was asked later: calls that nobody waited for any more end long after
        their fault.
        """
        if model == EMBEDDED_MODEL:
            return
        now, used, jitter = self._clock(), self._used(model), self._jitter()
        began = now if asked_at is None else asked_at
        if error.reason in WEIGHTS and began < self._well_at.get(model, 0.0):
            return
        if error.reason == "rate_limited":
            asked, learn = error.retry_after_s, model not in self._windows
            self._change(
                model,
                lambda s: replace(
                    s, breaker=s.breaker.unprobed(), limits=s.limits.refused(now, asked, used, learn=learn)
                ),
            )
            return

        def failed(state: State) -> State:
            breaker = state.breaker.failed(error.reason, now, jitter, asked_at=began, billed=billed)
            return replace(state, breaker=breaker)

        for one in self._same_account(model) if error.reason in LONG_PAUSES else [model]:
            self._change(one, failed)

    def _claim_probe(self, model: str, timeout_s: float) -> bool:
        """Whether this call is the one that may try a model whose pause is over."""
        claimed = False

        def claim(state: State) -> State:
            nonlocal claimed
            now = self._clock()
            claimed = state.breaker.state(now) == "half-open"
            return replace(state, breaker=state.breaker.probing(now, timeout_s)) if claimed else state

        self._change(model, claim)
        return claimed or self._state(model).breaker.state(self._clock()) == "closed"

    def _wait(self, model: str, state: State, used: Usage, tokens: int, now: float) -> float:
        window, since = self._windows.get(model, (None, Usage()))
        by_headers = window.wait(now, since, tokens) if window is not None else 0.0
        return max(state.limits.wait(now, used), by_headers)

    def _places_left(self, model: str) -> float | None:
        """The share of the model's places that no call of this process holds; None: it takes as many as come."""
        places = self._at_once.get(model)
        return None if places is None else max(1 - self._flying.get(model, Usage()).requests / places, 0.0)

    def _is_full(self, model: str) -> bool:
        return self._places_left(model) == 0.0

    def _same_account(self, model: str) -> list[str]:
        account = self._accounts.get(model)
        return [one for one, of in self._accounts.items() if of == account] if account else [model]

    def _state(self, model: str) -> State:
        return self._states.get(model, State())

    def _used(self, model: str) -> Usage:
        """What all processes sent in the last minute, as far as it is recorded, and what this one sent beside that."""
        since, flying = self._clock() - WINDOW_S, self._flying.get(model, Usage())
        recorded = self._recorded.get(model, Usage()) if self._recorded_at > since else Usage()
        own = [tokens for ended, tokens in self._unrecorded.get(model, ()) if ended > since]
        return recorded.plus(len(own) + flying.requests, sum(own) + flying.tokens)

    def _began(self, model: str, tokens: int) -> None:
        with self._lock:
            self._flying[model] = self._flying.get(model, Usage()).plus(1, tokens)
            if model in self._windows:
                window, since = self._windows[model]
                self._windows[model] = (window, since.plus(1, tokens))

    def _ended(self, model: str, tokens: int) -> None:
        with self._lock:
            self._flying[model] = self._flying.get(model, Usage()).plus(-1, -tokens)
            now, ended = self._clock(), self._unrecorded.get(model, ())
            self._unrecorded[model] = (*(one for one in ended if one[0] > now - WINDOW_S), (now, tokens))

    def _refresh(self) -> None:
        """Read what the other processes know, unless that was done a moment ago or another thread is at it."""
        if self._clock() - self._read_at < self._fresh_s or not self._refreshing.acquire(blocking=False):
            return
        try:
            self._read()
        except StoreError:
            pass
        finally:
            self._read_at = self._clock()
            self._refreshing.release()

    def _read(self) -> None:
        if self._store is None:
            return
        states, began = read_all(self._store), self._clock()
        with self._store.read() as transaction:
            recorded = usage(transaction, began - WINDOW_S)
        with self._lock:
            for model, (saved, version) in states.items():
                self._states[model] = State(read_breaker(saved), read_limits(saved), version)
            self._recorded = {model: Usage(requests, tokens) for model, (requests, tokens) in recorded.items()}
            self._recorded_at = began
            for model, ended in self._unrecorded.items():
                self._unrecorded[model] = tuple(one for one in ended if one[0] > began)

    def _change(self, model: str, change: Change) -> None:
        """Change the model's state for all processes; for this one alone while the store can't be used."""
        try:
            if self._store is not None:
                self._change_in(self._store, model, change)
                return
        except StoreError:
            pass
        with self._lock:
            self._states[model] = change(self._state(model))

    def _change_in(self, store: Store, model: str, change: Change) -> None:
        for _ in range(_TRIES):
            before = self._state(model)
            after = change(before)
            if replace(after, version=before.version) == before:
                return
            if write(store, model, after.saved(), before.version):
                with self._lock:
                    self._states[model] = replace(after, version=before.version + 1)
                return
            saved, version = read_all(store).get(model, ({}, 0))
            with self._lock:
                self._states[model] = State(read_breaker(saved), read_limits(saved), version)
