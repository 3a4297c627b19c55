"""Pseudonyms: personal values become tokens on the way out and come back at home; the same value, the same token."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from typing import Any

from analyst.datasets.privacy.personal import find_shapes
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.facts import Filter
from analyst.protocol.table import TableProfile

TOKENS = {
    "email": "EMAIL",
    "phone": "PHONE",
    "card": "CARD",
    "iban": "IBAN",
    "ip": "IP",
    "national_id": "NATIONALID",
    "person_name": "PERSON",
}
"""The word that the tokens of a kind begin with."""
_TOKEN = re.compile(r"\b(" + "|".join(TOKENS.values()) + r")_(\d+)\b")
_SQL = re.compile(r"\s*(SELECT|WITH|FROM)\b", re.IGNORECASE)
_KEYS = ("column", "variable", "feature", "x", "y")
"""Columns of results that name a column of the table."""
_PERIOD = re.compile(r"\d{4}(-(Q\d|W\d{2}|\d{2}(-\d{2})?))?([ T].*)?")


class Pseudonyms:
    """The tokens of one analysis. Safe to use from several threads."""

    def __init__(self, profile: TableProfile) -> None:
        self._kinds = {column.name: column.personal for column in profile.columns if column.personal}
        self._headers = frozenset(profile.table.columns)
        self._open_values = {
            str(value) for column in profile.columns if not column.personal for value, _ in column.values
        }
        self._tokens: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._lock = Lock()

    @property
    def columns(self) -> Mapping[str, str]:
        """The personal columns and the kind of each."""
        return dict(self._kinds)

    def hide(self, column: str, value: Any) -> str:
        """The token of a value of `column`, or the value itself as text when the column is not personal."""
        kind = self._kinds.get(column)
        return str(value) if kind is None or value is None else self._token(kind, str(value))

    def hide_text(self, text: str) -> str:
        """`text` with all personal data known by its form, and all values hidden before, as tokens."""
        for found in sorted({match[0] for match in _TOKEN.finditer(text)}, key=len, reverse=True):
            if found not in self._values:
                text = re.sub(rf"\b{found}\b", self._token("person_name", found), text)
        for kind, found in find_shapes(text):
            text = text.replace(found, self._token(kind, found))
        return self._hide_known(text)

    def _hide_known(self, text: str) -> str:
        with self._lock:
            known = sorted(((value, token) for token, value in self._values.items()), key=lambda item: -len(item[0]))
        for value, token in known:
            if len(value) >= 2 and value.casefold() in text.casefold():
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", token, text, flags=re.IGNORECASE)
        return text

    def _token(self, kind: str, value: str) -> str:
        with self._lock:
            token = self._tokens.get((kind, value))
            if token is None:
                word = TOKENS[kind]
                self._numbers[word] = self._numbers.get(word, 0) + 1
                token = f"{word}_{self._numbers[word]}"
                self._tokens[kind, value] = token
                self._values[token] = value
            return token

    def restore(self, text: str) -> str:
        """`text` with its tokens replaced by their values; in JSON and in SQL literals the value is escaped.

        A token that stands for nothing stays as it is.
        """
        if not _TOKEN.search(text):
            return text
        if text.lstrip()[:1] in ("{", "["):
            try:
                return json.dumps(self._restore_in(json.loads(text)), ensure_ascii=False)
            except ValueError:
                return self._swap(text, json_text=True)
        return self._swap(text)

    def _restore_in(self, item: Any) -> Any:
        if isinstance(item, str):
            return self._swap(item)
        if isinstance(item, list):
            return [self._restore_in(one) for one in item]
        if isinstance(item, dict):
            return {self._swap(key): self._restore_in(value) for key, value in item.items()}
        return item

    def _swap(self, text: str, *, json_text: bool = False) -> str:
        sql = bool(_SQL.match(text)) or (json_text and '"sql"' in text)

        def real(match: re.Match[str]) -> str:
            value = self._values.get(match[0])
            if value is None:
                return match[0]
            if sql and _in_literal(text[: match.start()]):
                value = value.replace("'", "''")
            return json.dumps(value, ensure_ascii=False)[1:-1] if json_text else value

        return _TOKEN.sub(real, text)

    def hide_evidence(self, evidence: Evidence) -> Evidence:
        """`evidence` with the values of personal columns as tokens; what may hold such a value is hidden too."""
        warnings = tuple(map(self.hide_text, evidence.warnings))
        return Evidence(tuple(self._hide_table(table) for table in evidence.tables), warnings)

    def _hide_table(self, table: EvidenceTable) -> EvidenceTable:
        rows = tuple(self._hide_row(table, row) for row in table.rows)
        return replace(
            table,
            rows=rows,
            what=self.hide_text(table.what),
            warnings=tuple(map(self.hide_text, table.warnings)),
            cautions=tuple(replace(caution, text=self.hide_text(caution.text)) for caution in table.cautions),
            facts=replace(table.facts, filters=tuple(map(self._hide_filter, table.facts.filters))),
        )

    def _hide_filter(self, found: Filter) -> Filter:
        """A filter whose values are as in a row: those of a personal column are tokens."""
        return replace(found, values=tuple(self._hide_cell(found.column, value, set()) for value in found.values))

    def _hide_row(self, table: EvidenceTable, row: tuple[Any, ...]) -> tuple[Any, ...]:
        about = {
            str(cell) for name, cell in zip(table.columns, row, strict=True) if name in _KEYS and cell in self._kinds
        }
        sources = about or {name for name in table.source if name in self._kinds}
        return tuple(self._hide_cell(name, cell, sources) for name, cell in zip(table.columns, row, strict=True))

    def _hide_cell(self, name: str, cell: Any, sources: set[str]) -> Any:
        if cell is None or isinstance(cell, bool):
            return cell
        if name in self._kinds:
            return self.hide(name, cell)
        if not isinstance(cell, str):
            return cell
        if sources and self._may_be_personal(name, cell):
            return self.hide(sorted(sources)[0], cell)
        return self.hide_text(cell)

    def _may_be_personal(self, name: str, cell: str) -> bool:
        """Whether text in a result made from personal columns may be one of their values."""
        if name in self._headers or name in (*_KEYS, "issue", "severity", "type", "role", "kind", "measure"):
            return False
        return cell not in self._headers and cell not in self._open_values and not _PERIOD.fullmatch(cell)


def _in_literal(before: str) -> bool:
    """Whether an SQL text that begins so is inside a string literal at its end."""
    return before.count("'") % 2 == 1
