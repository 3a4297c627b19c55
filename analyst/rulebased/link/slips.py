"""Slips of typing in words that mean a column by another name: "revnue", where the table tells of sales."""

from __future__ import annotations

from dataclasses import replace

from analyst.protocol.lexicon import ASKING, KNOWN, STOP, synonyms
from analyst.protocol.table import TableCard
from analyst.rulebased.link.languages import english
from analyst.rulebased.link.likeness import alike
from analyst.rulebased.link.tokens import Token, derived, misspelt, words_of


def corrected(tokens: tuple[Token, ...], card: TableCard, names: frozenset[str]) -> tuple[Token, ...]:
    """The tokens with slips put right in words that mean a column by another name: "revnue", where sales are told."""
    held = {word for column in card.columns for item in column.mentioned or () for word in words_of(str(item))}
    out = list(tokens)
    for at, token in enumerate(tokens):
        if len(token.stem) < 5 or not token.word.isalpha() or token.stem in held or token.word in STOP | ASKING:
            continue
        if (
            synonyms(token.stem) != {token.stem}
            or english(token.stem)
            or any(alike(token.stem, token.word, n) for n in names)
        ):
            continue
        near = [word for word in KNOWN if misspelt(token.stem, word) and not derived(token.stem, word)]
        meant = [word for word in near if any(alike(word, word, name) >= 0.85 for name in names)]
        if len(meant) == 1:
            out[at] = replace(token, word=meant[0], stem=meant[0])
    return tuple(out)
