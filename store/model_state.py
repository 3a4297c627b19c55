"""What the processes of one platform learnt of each model: its breaker, its headroom; one small record a model.

A record is written by compare-and-swap: a writer says which version its change rests on, and when another was faster
nothing is written, so that it reads again and decides anew. Nobody waits for a lock while thinking.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from store.database import Store
from store.tables import model_state

State = dict[str, Any]


def read_all(store: Store) -> dict[str, tuple[State, int]]:
    """Each known model's state and its version (1 and up). StoreError when it can't be read."""
    columns = (model_state.c.model, model_state.c.state, model_state.c.version)
    with store.read() as connection:
        return {row[0]: (json.loads(row[1]), row[2]) for row in connection.execute(sa.select(*columns))}


def write(
    store: Store,
    model: str,
    state: Mapping[str, Any],
    expected_version: int,
    *,
    clock: Callable[[], float] = time.time,
) -> bool:
    """Set the state of `model` if its version is still `expected_version` (0: not there yet); whether it was set.

    The new version is `expected_version + 1`. ValueError for a state that is not JSON (NaN is not).
    """
    told = json.dumps(dict(state), allow_nan=False)
    row = {"model": model, "state": told, "version": expected_version + 1, "updated_at": clock()}
    with store.write() as connection:
        if expected_version == 0:
            return store.insert_new(connection, model_state, row)
        same = model_state.update().where(model_state.c.model == model, model_state.c.version == expected_version)
        return connection.execute(same.values(**row)).rowcount == 1
