"""Pseudonyms: personal values and names leave as tokens and come back at home; the same value, the same token."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from analyst.datasets.categories import is_category
from analyst.datasets.privacy.headers import heads_free_text, heads_labels, heads_things, heads_versions
from analyst.datasets.privacy.headings import hidden_words, names_in_remark, personal_headers
from analyst.datasets.privacy.names import names_within
from analyst.datasets.privacy.patterns import find_patterns
from analyst.datasets.privacy.tokens import Tokens, swapped
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.facts import Filter
from analyst.protocol.personal import TOKEN
from analyst.protocol.table import TableProfile

_KEYS = ("column", "variable", "feature", "x", "y")
"""Columns of results that name a column of the table."""
_PERIOD = re.compile(r"\d{4}(-(Q\d|W\d{2}|\d{2}(-\d{2})?))?([ T].*)?")
_FILE = re.compile(r"\S+\.(?:pdf|docx?|xlsx?|pptx?|csv|txt|jpe?g|png|eml|msg|zip)", re.IGNORECASE)
Item = TypeVar("Item")


class Pseudonyms:
    """What leaves the house of one analysis, and what comes back. Safe to use from several threads."""

    def __init__(self, profile: TableProfile) -> None:
        self._kinds = {column.name: column.personal for column in profile.columns if column.personal}
        self._headers = frozenset(profile.table.columns)
        self._open_values = {
            str(value) for column in profile.columns if not column.personal for value, _ in column.values
        }
        self.tokens = Tokens()
        self.headers: Mapping[str, str] = personal_headers(profile.table.columns)
        """The columns whose names are personal, and the kind of each."""
        self._renamed = {
            header: self.tokens.of(kind, header, names_column=True) for header, kind in self.headers.items()
        }
        shown = {
            str(value)
            for column in profile.columns
            if is_category(column, profile.table.rows)
            for value, _ in column.values
        }
        self._file_words = hidden_words(profile.table.name, self._headers | shown)

    @property
    def columns(self) -> Mapping[str, str]:
        """The personal columns and the kind of each."""
        return dict(self._kinds)

    def hide(self, column: str, value: Any) -> str:
        """The token of a value of `column`, or the value itself as text when the column is not personal."""
        kind = self._kinds.get(column)
        return str(value) if kind is None or value is None else self.tokens.of(kind, str(value))

    def hide_text(self, text: str, *, but: Collection[str] = ()) -> str:
        """`text` with all personal data known by its form (`but` for these kinds), all that was hidden before, and
        names of columns and of the file that are personal, as tokens."""
        for found in sorted({match[0] for match in TOKEN.finditer(text)}, key=len, reverse=True):
            if found not in self.tokens:
                text = re.sub(rf"\b{found}\b", self.tokens.of("unknown", found), text)
        text = self._hide_known(self._hide_file(text))
        for piece in find_patterns(text):
            if piece.sure and piece.kind not in but and not TOKEN.search(piece.text):
                text = text.replace(piece.text, self.tokens.of(piece.kind, piece.text))
        return text

    def hide_value(self, column: str, value: str) -> str:
        """A value of a category that may be shown, with the names of people in it as tokens too."""
        text = self.hide_text(value, but={"ip"} if heads_versions(column) else ())
        if _FILE.fullmatch(text):
            for word in hidden_words(text, self._headers):
                text = swapped(text, word, self.tokens.of("unknown", word))
        if heads_free_text(column):
            for word in names_in_remark(text):
                text = swapped(text, word, self.tokens.of("person_name", word))
        for name in () if heads_things(column) else names_within(text):
            # A label may be the name of a work or a thing ("Anna Karenina"), but not one that speaks of a person.
            if name != text or not heads_labels(column):
                text = swapped(text, name, self.tokens.of("person_name", name))
        return text

    def hide_all(self, item: Item) -> Item:
        """A card, or whatever else is made of data classes, with the names of columns that are personal as tokens."""
        return _mapped(item, self._renamed) if self._renamed else item

    def restore(self, text: str) -> str:
        """`text` with its tokens replaced by what they stand for."""
        return self.tokens.restore(text)

    def _hide_file(self, text: str) -> str:
        for word in self._file_words:
            text = re.sub(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", self.tokens.of("unknown", word), text)
        return text

    def _hide_known(self, text: str, *, word: str = r"\w") -> str:
        """`text` with all that was hidden before as tokens, where it is no part of a longer `word`."""
        folded = text.casefold()
        for value, token in self.tokens.known():
            if len(value) >= 2 and value.casefold() in folded and not TOKEN.fullmatch(value):
                whole = rf"(?<!{word}){{}}(?!{word})".format
                for written in set(re.findall(whole(f"(?i:{re.escape(value)})"), text)):
                    text = re.sub(whole(re.escape(written)), self.tokens.like(token, written), text)
        return text

    def hide_evidence(self, evidence: Evidence) -> Evidence:
        """`evidence` with the values of personal columns as tokens; what may hold such a value is hidden too."""
        warnings = tuple(map(self.hide_text, evidence.warnings))
        hidden = Evidence(tuple(self._hide_table(table) for table in evidence.tables), warnings)
        return self.hide_all(_mapped(hidden, named) if (named := self._named_after(evidence)) else hidden)

    def _named_after(self, evidence: Evidence) -> Mapping[str, str]:
        """The columns of results that a plan called by a value which models know as a token, with that instead."""
        columns = {name for table in evidence.tables for name in table.columns if name not in self._headers}
        return {name: shown for name in columns if (shown := self._hide_known(name, word=r"[^\W_]")) != name}

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

    def _hide_cell(self, name: str, cell: Any, sources: Collection[str]) -> Any:
        if cell is None or isinstance(cell, bool):
            return cell
        if name in self._kinds:
            return self.hide(name, cell)
        if not isinstance(cell, str):
            return cell
        if sources and self._may_be_personal(name, cell):
            return self.hide(sorted(sources)[0], cell)
        return self.hide_value(name, cell)

    def _may_be_personal(self, name: str, cell: str) -> bool:
        """Whether text in a result made from personal columns may be one of their values."""
        if name in self._headers or name in (*_KEYS, "issue", "severity", "type", "role", "kind", "measure"):
            return False
        return cell not in self._headers and cell not in self._open_values and not _PERIOD.fullmatch(cell)


def _mapped(item: Any, renamed: Mapping[str, str]) -> Any:
    """`item` with every text in it that holds one of the names `renamed` changed."""
    if isinstance(item, str):
        for name in sorted(renamed, key=len, reverse=True):
            item = re.sub(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", renamed[name], item)
        return item
    if is_dataclass(item) and not isinstance(item, type):
        return replace(item, **{f.name: _mapped(getattr(item, f.name), renamed) for f in fields(item)})
    if isinstance(item, Mapping):
        return {_mapped(key, renamed): _mapped(value, renamed) for key, value in item.items()}
    if isinstance(item, (tuple, list)):
        return type(item)(_mapped(one, renamed) for one in item)
    return item
