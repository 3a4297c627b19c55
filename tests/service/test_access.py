"""The keys of the HTTP API: told once, stored as a digest, useless once revoked."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from analyst.core.errors import AccessError, NotFoundError, SettingsError
from analyst.service.access import AccessKeys
from analyst.service.command import lines
from analyst.storage.asker_limits import OwnLimits
from analyst.storage.database import Store


@pytest.fixture
def keys(store: Store) -> AccessKeys:
    return AccessKeys(store)


def test_a_key_names_its_asker_until_it_is_revoked(keys: AccessKeys, store: Store) -> None:
    first, second = keys.create("ann"), keys.create("ann")
    assert first != second and keys.holder_of(first).asker == keys.holder_of(second).asker == "ann"
    with store.read() as transaction:
        assert not [row for row in transaction.rows("SELECT * FROM access_keys") if first in map(str, row)]
    assert keys.revoke("ann") == 2
    for key in (first, "analyst-guess", ""):
        with pytest.raises(AccessError, match="revoked"):
            keys.holder_of(key)


@pytest.mark.parametrize("name", ["", "local", "a b", "-x", "x" * 65, "ann;drop"])
def test_a_name_that_is_no_users_is_refused(name: str, keys: AccessKeys) -> None:
    with pytest.raises(SettingsError, match="can't be a user's name"):
        keys.create(name)


def test_the_command_creates_lists_and_revokes(tmp_path: Path) -> None:
    keys = AccessKeys(Store.at(tmp_path / "metrics.db"))

    def said(*given: str) -> list[str]:
        return lines(keys, argparse.Namespace(command=given[0], name=given[1] if given[1:] else "", role=given[-1]))

    assert said("list") == ["Nobody has a key yet."]
    [key] = said("create", "ann", "engineer")
    assert keys.holder_of(key).asker == "ann" and said("list")[0].startswith("ann  engineer  created 20")
    limits = {"running": 3, "waiting": None, "daily_usd": "2.50"}
    given = argparse.Namespace(command="limit", name="ann", **limits)
    assert lines(keys, given) == ["ann: 3 at once, $2.5 a day"] and said("list")[0].endswith("(3 at once, $2.5 a day)")
    for wrong in ({"running": -1}, {"daily_usd": "much"}, {"daily_usd": "NaN"}, {"daily_usd": "-1"}):
        with pytest.raises(SettingsError, match="can't be a limit"):
            lines(keys, argparse.Namespace(command="limit", name="ann", **(limits | wrong)))
    with pytest.raises(NotFoundError, match="'bob' has no key"):
        lines(keys, argparse.Namespace(command="limit", name="bob", **limits))
    assert said("revoke", "ann") == ["Keys revoked: 1."] and keys.limits("ann") == OwnLimits()
    with pytest.raises(NotFoundError, match="'ann' has no key"):
        said("revoke", "ann")
