"""Where a table lies, as a person typed it: a path of this machine, or a URL of the web, a bucket or a database."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from analyst.core.errors import TableError
from analyst.core.text import listed

WEB, BUCKETS = ("http", "https"), ("s3", "gs", "az")
DATABASES: Mapping[str, str] = MappingProxyType(
    {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}
)
"""The schemes of databases, each with the kind of server that it names."""
ENGINE = "spark"
"""The scheme of tables that stay on the server at ENGINE_URL: spark:sales.orders, spark:parquet:/data."""
FORMATS = ("parquet", "delta", "iceberg", "orc")
"""What files of a table on that server may be."""
LOGS: Mapping[str, str] = MappingProxyType({"delta": "_delta_log/*.json", "iceberg": "metadata/*.metadata.json"})
"""Formats whose folders also keep rows that their tables lost, each with the files that tell which rows are left."""
PART = "::"
"""What stands between a file and the sheet or table in it: shop.db::orders."""
_SCHEME = re.compile(rf"([A-Za-z][A-Za-z0-9+.-]+)://|{ENGINE}:")
_TABLE = re.compile(r"[^\W\d][\w-]*(\.[^\W\d][\w-]*){0,3}")
_JDBC_NAME = r"""(?:[^\W\d][\w$#-]*|"[^"]+"|`[^`]+`|\[[^\[\]]+\])"""
_JDBC_TABLE = re.compile(rf"{_JDBC_NAME}(?:\.{_JDBC_NAME}){{0,3}}")
"""A name, bare or in its database's quotes: a query in its place would run there as it is."""
_CREDENTIAL = re.compile(r"user|username|uid|.*(?:password|passwd|pwd|token|secret).*", re.IGNORECASE)

_STRANGE = re.compile(r"[\s\\\x00-\x1f\x7f]")
"""Signs that programs read differently: what one takes for a host, another takes for a user."""


@dataclass(frozen=True)
class Url:
    """A URL without a password. Its query may hold a signature that opens the file: only `shown` is for people."""

    text: str

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"Url({self.shown!r})"

    @property
    def parts(self) -> SplitResult:
        """What the URL consists of."""
        return urlsplit(self.text)

    @property
    def scheme(self) -> str:
        """`https`, `s3`, `postgresql`, `mysql` and so on, in lower case."""
        return self.parts.scheme

    @property
    def host(self) -> str:
        """The host, with its port where one is given; "" where a database is reached by a socket's file."""
        return self.parts.netloc.rpartition("@")[2].lower()

    @property
    def is_database(self) -> bool:
        """Whether a database answers there."""
        return self.scheme in DATABASES

    @property
    def is_remote(self) -> bool:
        """Whether a table stays there, and plans run where it is."""
        return self.scheme == ENGINE

    @property
    def name(self) -> str:
        """What is called so: the file, the database, or the table that stays where it is."""
        if self.is_remote:
            return _name_there(self.parts) or self.scheme
        return PurePosixPath(unquote(self.parts.path)).name or self.parts.hostname or self.scheme

    @property
    def shown(self) -> str:
        """The URL for people and files: without user and query."""
        if self.is_remote:
            before, told, after = self.parts.path.partition(";")[0].rpartition("@")
            return f"{self.scheme}:{before.partition(':')[0]}:...@{after}" if told else f"{self.scheme}:{after}"
        return f"{self.scheme}://{self.host}{self.parts.path}"


Place = Path | Url
"""Where tables lie: a file, a folder or a pattern of files; or a URL."""


@dataclass(frozen=True)
class Entry:
    """A table of a source. `rows` is None where nobody can tell cheaply; `exact`: it was counted, not estimated.

    `kind` is what the source calls it: table, view, sheet or file; `bytes` its size where that is known.
    """

    name: str
    kind: str
    rows: int | None = None
    exact: bool = False
    bytes: int | None = None


def place_text(place: Place) -> str:
    """The place as it is stored: `place_of` reads it again, wherever that runs."""
    return place.text if isinstance(place, Url) else str(place.absolute())


def place_of(text: str) -> Place:
    """The place that `place_text` wrote."""
    return Url(text) if _SCHEME.match(text) else Path(text)


def parse_place(typed: str) -> tuple[Place, str | None]:
    """The place that a person typed, and the sheet or table of it that is named with it.

    TableError: a URL of a kind that can't be read, or with a password in it.
    """
    if _SCHEME.match(typed):
        return _parse_url(typed)
    path = Path(typed)
    file, parted, part = typed.rpartition(PART)
    return (Path(file), part) if parted and file and part and not path.exists() else (path, None)


def _parse_url(typed: str) -> tuple[Url, str | None]:
    if _STRANGE.search(typed):
        raise TableError("The URL holds a blank or a backslash.", "Write a blank as %20.")
    if typed.lower().startswith(f"{ENGINE}:") and not typed.lower().startswith(f"{ENGINE}://"):
        return _parse_remote(typed), None
    try:
        parts = urlsplit(typed)
        password, _ = parts.password, parts.port
    except ValueError as error:
        raise TableError(f"The URL can't be read: {error}.", "Check its host and port.") from None
    scheme = parts.scheme.lower()
    url = Url(_joined(parts._replace(scheme=DATABASES.get(scheme, scheme))))
    if scheme not in (*WEB, *BUCKETS, *DATABASES):
        known = listed([f"{kind}://" for kind in (*WEB, *BUCKETS, *DATABASES)], "or")
        raise TableError(f"Tables can't be read from {url.shown!r}.", f"Use a file, or a URL that starts with {known}.")
    if password is not None or (parts.username is not None and not url.is_database):
        raise TableError(f"The URL of {url.shown!r} holds a password.", _without_password(url))
    return _parse_table(url) if url.is_database else (url, None)


def _name_there(parts: SplitResult) -> str:
    """The name of a table that stays where it is: that of its files without their ending, or the last of its own."""
    kind, parted, path = parts.path.partition(":")
    if parted and kind in FORMATS:
        last = PurePosixPath(path.partition(":")[2] or path)
        return last.stem if "/" in path or kind != "iceberg" else path.rpartition(".")[2]
    table = dict(parse_qsl(parts.query)).get("table", kind)
    return table.rpartition(".")[2]


def _parse_remote(typed: str) -> Url:
    """A table of the server at ENGINE_URL: its name in the catalog, or a format and a path or JDBC address."""
    path = typed.partition(":")[2]
    kind, parted, rest = path.partition(":")
    if parted and kind == "jdbc":
        return _parse_jdbc(rest)
    if ".." in re.split(r"[/{},]", path):
        raise TableError(f"The path of {typed!r} holds '..'.", "Write the path of the folder itself.")
    if parted and not (kind in FORMATS and rest):
        raise TableError(
            f"{typed!r} names no kind of table.", f"Write {ENGINE}:{FORMATS[0]}:PATH, or one of {listed(FORMATS[1:])}."
        )
    if not parted and path and not _TABLE.fullmatch(path):
        raise TableError(f"{path!r} is no table's name.", f"Write it as {ENGINE}:TABLE or {ENGINE}:SCHEMA.TABLE.")
    return Url(f"{ENGINE}:{path}")


def _parse_jdbc(address: str) -> Url:
    """A database that the server reads by JDBC; credentials come from the server's own configuration."""
    url = Url(f"{ENGINE}:jdbc:{address}")
    options = parse_qsl(url.parts.query, keep_blank_values=True)
    names = [option.partition("=")[0] for option in re.split("[?&;]", address)[1:]]
    if "@" in address or any(_CREDENTIAL.fullmatch(name) for name in names):
        raise TableError(f"The address of {url.shown!r} holds a user or password.", "Set JDBC_USER and JDBC_PASSWORD.")
    tables = [value for name, value in options if name == "table"]
    if len(tables) != 1:
        told = f"names {len(tables)} tables" if tables else "names no table"
        raise TableError(f"The address of {url.shown!r} {told}.", "Add one ?table=SCHEMA.TABLE to it.")
    if not _JDBC_TABLE.fullmatch(tables[0]):
        raise TableError(f"{tables[0]!r} is no table's name.", "Write it as ?table=SCHEMA.TABLE.")
    return url


def _without_password(url: Url) -> str:
    told = {
        "postgresql": "set PGPASSWORD, or add a line to ~/.pgpass.",
        "mysql": "set MYSQL_PWD, or add it to the [client] section of ~/.my.cnf.",
    }
    return "Leave it out: " + told.get(url.scheme, "download the file yourself and give its path.")


def _parse_table(url: Url) -> tuple[Url, str | None]:
    """A database's URL without `table=` in its query, and the table's name."""
    options = parse_qsl(url.parts.query, keep_blank_values=True)
    tables = [value for name, value in options if name == "table"]
    if len(tables) > 1:
        raise TableError(f"The URL of {url.shown!r} names {len(tables)} tables.", "Name one of them.")
    if not all(name and value for name, value in options):
        raise TableError(f"A part of the query of {url.shown!r} has no value.", "Write it as ?table=NAME.")
    rest = urlencode([(name, value) for name, value in options if name != "table"], safe="/")
    return Url(_joined(url.parts._replace(query=rest))), tables[0] if tables else None


def options_of(url: Url, known: Sequence[str]) -> Mapping[str, str]:
    """The options in a URL's query. TableError: one that is not among the `known` ones."""
    options = dict(parse_qsl(url.parts.query))
    if unknown := next((name for name in options if name not in known), None):
        raise TableError(
            f"The option {unknown!r} of {url.shown!r} is not supported.", f"Use {listed(['table', *known], 'or')}."
        )
    return options


def _joined(parts: SplitResult) -> str:
    """The URL of its parts, without a fragment; urlunsplit loses the slashes before a host that is left out."""
    return f"{parts.scheme}://{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")
