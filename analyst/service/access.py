"""The keys of the HTTP API: each belongs to an asker, and only its digest is stored."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable

from analyst.core.errors import AccessError, NotFoundError, SettingsError
from analyst.storage import access_keys, asker_limits
from analyst.storage.access_keys import KeyHolder, Role
from analyst.storage.asker_limits import NONE, OwnLimits
from analyst.storage.database import Store

PREFIX = "analyst-"
"""How a key begins, so that secret scanners and people recognize one."""
LOCAL = "local"
"""Who asks from this machine without a key."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class AccessKeys:
    """The keys in `store`."""

    def __init__(self, store: Store, random: Callable[[int], str] = secrets.token_urlsafe) -> None:
        self._store, self._random = store, random

    def create(self, asker: str, role: Role = "analyst") -> str:
        """A new key of `asker`, which is told this once. SettingsError: a name that can't be an asker's."""
        if not _NAME.fullmatch(asker) or asker == LOCAL:
            raise SettingsError(f"{asker!r} can't be a user's name.", "Use up to 64 letters, digits, dots and dashes.")
        key = f"{PREFIX}{self._random(32)}"
        with self._store.write() as transaction:
            access_keys.add(transaction, _digest(key), KeyHolder(asker, role, transaction.now()))
        return key

    def holder_of(self, key: str) -> KeyHolder:
        """Whose key it is. AccessError: nobody's, or revoked."""
        with self._store.read() as transaction:
            holder = access_keys.holder_of(transaction, _digest(key))
        if holder is None:
            raise AccessError("The key is unknown or was revoked.", "Ask whoever runs the service for a new one.")
        return holder

    def limit(self, asker: str, limits: OwnLimits) -> None:
        """Give `asker` these limits instead of those of the settings. NotFoundError: they have no key."""
        with self._store.write() as transaction:
            if asker != LOCAL and asker not in {holder.asker for holder in access_keys.listing(transaction)}:
                raise _keyless(asker)
            asker_limits.put(transaction, asker, limits)

    def limits(self, asker: str) -> OwnLimits:
        """What `asker` may do other than the settings say."""
        with self._store.read() as transaction:
            return asker_limits.of(transaction, asker)

    def listing(self) -> list[KeyHolder]:
        """The holder of every key, the oldest first."""
        with self._store.read() as transaction:
            return access_keys.listing(transaction)

    def revoke(self, asker: str) -> int:
        """Make the keys of `asker` useless; how many there were. NotFoundError: none."""
        with self._store.write() as transaction:
            revoked = access_keys.revoke(transaction, asker)
            asker_limits.put(transaction, asker, NONE)
        if not revoked:
            raise _keyless(asker)
        return revoked


def _keyless(asker: str) -> NotFoundError:
    return NotFoundError(f"{asker!r} has no key.", "`python main.py keys list` shows who has.")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
