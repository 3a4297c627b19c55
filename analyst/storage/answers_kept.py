"""Which answers are kept, found by digests, and what looking them up saved. The answers lie in their runs' folders.

Plain SQL with `:name` for values, so that both databases take it as it stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from analyst.storage.database import Store
from analyst.storage.slices import EVERYTHING, Slice
from analyst.storage.tables import to_usd

KEYS = ("words_key", "meaning_key", "plan_key")
"""The columns by which an answer is found."""

Row = dict[str, Any]


def find(store: Store, scope: str, key: str, value: str, oldest: float) -> list[Row]:
    """The kept answers of `scope` whose `key` (one of KEYS) is `value`, made since `oldest`; the newest first."""
    if key not in KEYS:
        raise ValueError(f"key={key!r} is not one of {', '.join(KEYS)}")
    query = (
        f"SELECT * FROM answers_kept WHERE scope = :scope AND {key} = :value AND created_at >= :oldest"  # noqa: S608
        " ORDER BY created_at DESC, id DESC"
    )
    with store.read() as transaction:
        return list(transaction.records(query, {"scope": scope, "value": value, "oldest": oldest}))


def add(store: Store, row: Mapping[str, Any], *, size: int, oldest: float) -> None:
    """Keep `row` (a value for every column) instead of the answers to the same words by the same models.

    What was made before `oldest` goes, then the least recently used beyond `size`: all of it in one transaction.
    """
    same = "DELETE FROM answers_kept WHERE scope = :scope AND models = :models AND words_key = :words_key"
    surplus = "SELECT id FROM answers_kept ORDER BY used_at DESC, created_at DESC, id DESC LIMIT :size"
    with store.write() as transaction:
        transaction.alone("answers_kept")  # else two at once would each leave room for one and fill it twice
        transaction.run(same, {name: row[name] for name in ("scope", "models", "words_key")})
        transaction.run("DELETE FROM answers_kept WHERE created_at < :oldest", {"oldest": oldest})
        transaction.insert_new("answers_kept", row)
        transaction.run(f"DELETE FROM answers_kept WHERE id NOT IN ({surplus})", {"size": size})  # noqa: S608


def remove(store: Store, ids: Collection[str]) -> None:
    """Forget the answers `ids`; those that are gone already don't matter."""
    with store.write() as transaction:
        for id in ids:
            transaction.run("DELETE FROM answers_kept WHERE id = :id", {"id": id})


def remove_run(store: Store, run_id: str) -> None:
    """Forget the answer that this run made, wherever it was given again."""
    with store.write() as transaction:
        transaction.run("DELETE FROM answers_kept WHERE id = :id OR origin = :id", {"id": run_id})


def clear(store: Store, dataset: str | None = None) -> int:
    """Forget every answer, or those about `dataset` (a table's name); how many there were."""
    where = " WHERE dataset = :dataset" if dataset else ""
    with store.write() as transaction:
        return transaction.run(f"DELETE FROM answers_kept{where}", {"dataset": dataset} if dataset else {})  # noqa: S608


def record_lookup(store: Store, row: Mapping[str, Any], used: str | None = None) -> None:
    """Record what one run found: its tier (0: nothing) and savings. `used` is the answer that was taken."""
    touch = "UPDATE answers_kept SET used_at = :now WHERE id = :id AND used_at < :now"
    with store.write() as transaction:
        transaction.insert_new("answer_lookups", row)
        if used is not None:
            transaction.run(touch, {"now": row["timestamp"], "id": used})


def statistics(store: Store, of: Slice = EVERYTHING) -> Row:
    """Lookups in a slice's time (a simulation's are not told apart): count, hits by tier, hit_rate, saved_usd, saved_s;
    kept now."""
    sums = (
        "SELECT tier, count(*), sum(saved_micros), sum(saved_s) FROM answer_lookups"
        " WHERE timestamp >= :since AND timestamp < :until GROUP BY tier ORDER BY tier"
    )
    with store.read() as transaction:
        rows = transaction.rows(sums, of.values)
        [(kept,)] = transaction.rows("SELECT count(*) FROM answers_kept")
    counts = {int(tier): int(count) for tier, count, _, _ in rows}
    lookups, hits = sum(counts.values()), sum(count for tier, count in counts.items() if tier)
    return {
        "lookups": lookups,
        "hits": hits,
        "hits_by_tier": {tier: counts.get(tier, 0) for tier in (1, 2, 3)},
        "hit_rate": hits / lookups if lookups else None,
        "saved_usd": to_usd(sum(int(micros) for _, _, micros, _ in rows)),
        "saved_s": float(sum(seconds for *_, seconds in rows)),
        "kept": int(kept),
    }
