"""What the processes of one platform learnt of each model: its breaker, its headroom; one small record a model.

A record is written by compare-and-swap: a writer says which version its change rests on, and when another was faster
nothing is written, so that it reads again and decides anew. Nobody waits for a lock while thinking.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from analyst.storage.database import Store

State = dict[str, Any]


def read_all(store: Store) -> dict[str, tuple[State, int]]:
    """Each known model's state and its version (1 and up). StoreError when it can't be read."""
    with store.read() as transaction:
        rows = transaction.rows("SELECT model, state, version FROM model_state")
    return {model: (json.loads(state), version) for model, state, version in rows}


def write(
    store: Store,
    model: str,
    state: Mapping[str, Any],
    expected_version: int,
    *,
    clock: Callable[[], float] = time.time,
) -> bool:
    """Set the state of `model` if its version is still `expected_version` (0: not there yet); whether it was set.

    The new version is `expected_version + 1`. ValueError for a state that is not JSON (NaN is not); StoreError when it
    can't be written: a state is worth nothing later, so it does not wait in the journal.
    """
    told = json.dumps(dict(state), allow_nan=False)
    row = {"model": model, "state": told, "version": expected_version + 1, "updated_at": clock()}
    with store.write() as transaction:
        if expected_version == 0:
            return transaction.insert_new("model_state", row)
        change = (
            "UPDATE model_state SET state = :state, version = :version, updated_at = :updated_at"
            " WHERE model = :model AND version = :expected"
        )
        return transaction.run(change, row | {"expected": expected_version}) == 1
