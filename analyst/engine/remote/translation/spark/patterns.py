"""Regular expressions of RE2, which DuckDB uses, as Java's, which Spark uses: a pattern that means the same, or none.

What both write alike and read differently is written out (`.`, `$`, `\\s`, `\\b`, `(?i)`); what has none is refused.
Sources: RE2's syntax page, java.util.regex.Pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyst.engine.errors import TranslationError

_SPACE = r"\t\n\f\r "
_WORD = "0-9A-Za-z_"
_BORDER = f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_NO_BORDER = f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))"
_OUTSIDE = {
    "d": "[0-9]", "D": "[^0-9]", "w": f"[{_WORD}]", "W": f"[^{_WORD}]", "s": f"[{_SPACE}]", "S": f"[^{_SPACE}]",
    "b": _BORDER, "B": _NO_BORDER, "A": r"\A", "z": r"\z", "t": r"\t", "n": r"\n", "r": r"\r", "f": r"\f",
    "v": r"\x0B",
}  # fmt: skip
_INSIDE = {"d": "0-9", "w": _WORD, "s": _SPACE, "t": r"\t", "n": r"\n", "r": r"\r", "f": r"\f", "v": r"\x0B"}
_TOKEN = re.compile(
    r"\\p\{(?:L|Lu|Ll|N|Nd|P|S|Z)\}|\\x\{[0-9A-Fa-f]{1,6}\}|\\x[0-9A-Fa-f]{2}|\\.|\(\?(?::|i\)|i:|P<\w+>)|\(\?|"
    r"\{\d+(?:,\d*)?\}\??|[*+?]\??|.",
    re.DOTALL,
)


def java_pattern(pattern: str, options: str = "") -> str:
    """The pattern in Java's words. TranslationError when a part of it has no equal."""
    if set(options) - set("cgi"):
        raise _refused(f"the options {options!r}", "use 'i' and 'g' only")
    ignoring = "(?iu)" if "i" in options else ""
    return ignoring + "".join(_pieces(pattern))


def _pieces(pattern: str) -> Iterator[str]:
    pieces = [found[0] for found in _TOKEN.finditer(pattern)]
    place, repeated = 0, False
    while place < len(pieces):
        piece = pieces[place]
        repeats = bool(re.fullmatch(r"[*+?]\??|\{\d.*", piece))
        if repeats and repeated:
            raise _refused(f"{piece!r} after another repetition", "write one repetition only")
        repeated = repeats
        if piece == "[":
            length, text = _class(pieces[place:])
            place += length
            yield text
            continue
        yield _outside(piece)
        place += 1


def _outside(piece: str) -> str:
    if piece == "$":
        return r"\z"
    if piece == ".":
        return r"[^\n]"
    if piece == "(?i)":
        return "(?iu)"
    if piece == "(?i:":
        return "(?iu:"
    if piece.startswith("(?P<"):
        return "("
    if piece == "(?":
        raise _refused("a group that begins with (?", "use ( ) or (?: )")
    if piece.startswith("\\"):
        return _escaped(piece, _OUTSIDE)
    return piece


def _escaped(piece: str, known: dict[str, str]) -> str:
    letter = piece[1]
    if letter in "px" and len(piece) > 2:
        return piece
    if letter in known:
        return known[letter]
    if letter.isalnum():
        raise _refused(repr(piece), "write the characters themselves")
    return re.escape(letter) if letter.isascii() else letter


def _class(pieces: list[str]) -> tuple[int, str]:
    """A class of characters from its [ on: how many pieces it takes, and its text."""
    inside, place = "", 1
    if pieces[1:2] == ["^"]:
        inside, place = "^", 2
    if pieces[place : place + 1] == ["]"]:
        inside, place = inside + r"\]", place + 1
    while place < len(pieces) and pieces[place] != "]":
        for character in _members(pieces[place]):
            inside += _escaped(character, _INSIDE) if character.startswith("\\") else _plain(character, pieces, place)
        place += 1
    if place == len(pieces):
        raise _refused("a class without its ]", "close it")
    return place + 1, f"[{inside}]"


def _members(piece: str) -> list[str]:
    return [piece] if piece.startswith("\\") else list(piece)


def _plain(character: str, pieces: list[str], place: int) -> str:
    if character == "[" and pieces[place + 1 : place + 2] and pieces[place + 1][:1] in (":", ".", "="):
        raise _refused("a class such as [:alpha:]", "write its characters, [A-Za-z]")
    return "\\" + character if character in "[&~^" else character


def java_replacement(text: str, shift: int = 0) -> str:
    """What matches are replaced by, in Java's words; `shift` groups stand before the pattern's own."""
    written, place = "", 0
    while place < len(text):
        character = text[place]
        if character == "\\" and place + 1 < len(text):
            follows = text[place + 1]
            if follows.isdigit():
                # A digit behind would be read as part of the group's number.
                if text[place + 2 : place + 3].isdigit():
                    raise _refused("a digit behind a group's number", "put another character between them")
                written += f"${int(follows) + shift}"
            else:
                written += "\\\\" if follows == "\\" else f"\\{follows}"
            place += 2
            continue
        written += f"\\{character}" if character in "$\\" else character
        place += 1
    return written


def _refused(what: str, instead: str) -> TranslationError:
    return TranslationError(f"A regular expression with {what} has no equal on Spark: {instead}.")
