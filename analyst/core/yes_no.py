"""Pairs of texts that mean yes and no, in the languages and signs that tables come in: one list for every reader."""

from __future__ import annotations

from collections.abc import Iterable

from analyst.core.text import fold

YES_NO: tuple[tuple[str, str], ...] = (
    ("yes", "no"), ("y", "n"), ("true", "false"), ("t", "f"), ("1", "0"), ("1.0", "0.0"), ("on", "off"),
    ("oui", "non"), ("vrai", "faux"), ("o", "n"),
    ("ja", "nein"), ("ja", "nee"), ("ja", "nej"), ("ja", "nei"), ("wahr", "falsch"), ("j", "n"),
    ("sí", "no"), ("verdadero", "falso"), ("vero", "falso"), ("s", "n"), ("v", "f"),
    ("sim", "não"), ("verdadeiro", "falso"),
    ("tak", "nie"), ("prawda", "fałsz"), ("ano", "ne"), ("ano", "nie"), ("igen", "nem"), ("da", "nu"), ("da", "ne"),
    ("да", "нет"), ("так", "ні"), ("ναι", "όχι"), ("evet", "hayır"), ("kyllä", "ei"), ("jah", "ei"), ("jā", "nē"),
    ("taip", "ne"), ("ya", "tidak"), ("có", "không"), ("ใช่", "ไม่ใช่"),
    ("はい", "いいえ"), ("有", "無"), ("是", "否"), ("有", "无"), ("예", "아니오"), ("예", "아니요"), ("네", "아니요"),
    ("نعم", "لا"), ("بله", "خیر"), ("כן", "לא"), ("हाँ", "नहीं"),
    ("✓", "✗"), ("✓", "✘"), ("✓", "x"), ("✔", "✗"), ("✔", "✘"), ("✔", "✖"), ("✅", "❌"), ("☑", "☐"), ("☒", "☐"),
)  # fmt: skip
_PAIRS = tuple((fold(yes), fold(no)) for yes, no in YES_NO)


def yes_of(values: Iterable[str], *, alone: bool = False, explained: bool = False) -> str | None:
    """The one of `values` that means yes, as written; None when they are no pair of yes and no in any case and accent.

    `alone`: a yes without any no is enough. `explained`: a value that says why it is a no ("no phone service") is one.
    """
    written = {fold(value.strip()): value for value in values}
    for yes, no in _PAIRS:
        bare = {value for value in written if not (explained and value.startswith(f"{no} "))}
        if yes in bare and (bare == {yes, no} or (alone and bare == {yes})):
            return written[yes]
    return None
