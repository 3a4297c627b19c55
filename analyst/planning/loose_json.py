"""JSON as models write it: the objects in a text, in whatever prose, fences or dialect they stand.

Single and curly quotes, comments, trailing commas, bare keys, Python's and JavaScript's words, raw line breaks,
escapes that JSON has not and unescaped quotes inside SQL are read as meant. Nothing is guessed beyond that: a text that
ends too early, a key that stands there twice and quotes that can be read in two ways are BrokenJsonError, since a
repair that loses half a plan would be believed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analyst.protocol.references import plain_reference

MAX_DEPTH, MAX_STARTS = 40, 60
_SPACE = re.compile(r"(?:[\s\ufeff\u200b]+|//[^\n]*|/\*.*?\*/|#[^\n]*)*", re.DOTALL)
_KEY = re.compile(r"""[A-Za-z_][\w .\-]*?(?=\s*:)|\d+(?=\s*:)""")
_GAP = r"(?:\s|//[^\n]*\n|/\*.*?\*/|#[^\n]*\n)*"
_QUOTED_KEY = r"""["'“‘`][\w .\-]{1,40}["'”’`]\s*:"""
_NEXT_KEY = re.compile(rf"{_GAP}(?:,{_GAP}(?:{_QUOTED_KEY}|[A-Za-z_]\w*\s*:|\}})|\}})", re.DOTALL)
_NEXT_LINE_KEY = re.compile(rf"[ \t]*\r?\n{_GAP}{_QUOTED_KEY}", re.DOTALL)
_SWALLOWED = re.compile(r"""["'”’`]\s*:\s*["'“‘`\[{]|["']\s*\+\s*["']""")
_KEY_END = re.compile(r"\s*:")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")
_WORD = re.compile(r"[A-Za-z_][\w\-]*")
_WORDS = {"true": True, "false": False, "null": None, "none": None, "undefined": None, "nan": None}
_CLOSING = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "`": "`", "«": "»"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\", '"': '"', "'": "'"}
_ATTEMPT = re.compile(r"""\{\s*(?:["'“‘`]|[A-Za-z_]\w*\s*:)|\[\s*[\[{]""")


class BrokenJsonError(ValueError):
    """What looks like JSON and can't be read without guessing; the message says what to mend."""


@dataclass(frozen=True)
class Found:
    """Data in a text and where it stands."""

    data: Any
    start: int
    end: int


def documents(text: str) -> list[Any]:
    """Every object and list in `text`, outermost only; objects with nothing between them but commas are one list.

    BrokenJsonError when something that is plainly meant as JSON can't be read.
    """
    runs: list[list[Found]] = []
    for found in _all(text):
        between = text[runs[-1][-1].end : found.start] if runs else "x"
        if re.fullmatch(r"[\s,;]*", between):
            runs[-1].append(found)
        else:
            runs.append([found])
    return [run[0].data if len(run) == 1 else [one.data for one in run] for run in runs]


def _all(text: str) -> Iterator[Found]:
    at = 0
    for _ in range(MAX_STARTS):
        start = _next_start(text, at)
        if start is None:
            return
        try:
            data, at = _read(text, start)
        except BrokenJsonError:
            if _ATTEMPT.match(text, start):
                raise
            at = start + 1
            continue
        if data and isinstance(data, (dict, list)):
            yield Found(data, start, at)


def _next_start(text: str, at: int) -> int | None:
    """Where the next bracket stands that is no reference ({{s1.mean}}) in prose."""
    while found := re.compile(r"[{\[]").search(text, at):
        reference = plain_reference(text, found.start())
        if reference is None:
            return found.start()
        at = found.start() + len(reference)
    return None


def _read(text: str, start: int) -> tuple[Any, int]:
    try:
        return json.JSONDecoder(object_pairs_hook=_object).raw_decode(text, start)
    except BrokenJsonError:
        raise
    except (ValueError, RecursionError):
        reader = _Reader(text, start)
        return reader.value(0, "item"), reader.at


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found and found[key] != value:
            raise BrokenJsonError(f'the key "{key[:40]}" appears twice with different values: keep one')
        found[key] = value
    return found


class _Reader:
    """Reads one value from `at` on; `at` is behind it afterwards."""

    def __init__(self, text: str, at: int) -> None:
        self.text, self.at = text, at

    def value(self, depth: int, place: str) -> Any:
        """A value that is an `item` of a list or a `field` of an object."""
        self._skip()
        char = self._peek()
        if depth > MAX_DEPTH:
            raise BrokenJsonError("the JSON is nested too deeply: flatten it")
        if char == "{":
            return self._fields(depth)
        if char in "[(":
            return self._items(depth, "]" if char == "[" else ")")
        if char in _CLOSING:
            return self._string(place)
        return self._bare()

    def _skip(self) -> None:
        matched = _SPACE.match(self.text, self.at)
        self.at = matched.end() if matched else self.at

    def _peek(self) -> str:
        if self.at >= len(self.text):
            raise BrokenJsonError(f"the JSON is cut after {self.text[-40:]!r}: send all of it again, shorter")
        return self.text[self.at]

    def _fields(self, depth: int) -> dict[str, Any]:
        pairs: list[tuple[str, Any]] = []
        self.at += 1
        while True:
            self._skip()
            if self._peek() == "}":
                self.at += 1
                return _object(pairs)
            key = self._key()
            self._skip()
            if self._peek() != ":":
                raise self._broken('a key needs ":" and a value')
            self.at += 1
            pairs.append((key, self.value(depth + 1, "field")))
            self._separator("}", missing=True)

    def _items(self, depth: int, closing: str) -> list[Any]:
        items: list[Any] = []
        self.at += 1
        while True:
            self._skip()
            if self._peek() == closing:
                self.at += 1
                return items
            items.append(self.value(depth + 1, "item"))
            self._separator(closing, missing=isinstance(items[-1], dict))

    def _separator(self, closing: str, *, missing: bool) -> None:
        """A comma, or the end; `missing`: it may be left out at the end of a line and between objects."""
        before = self.at
        self._skip()
        char = self._peek()
        if char == ",":
            self.at += 1
        elif char != closing and not (missing and ("\n" in self.text[before : self.at] or char == "{")):
            raise self._broken("a comma or a closing bracket is missing, or a quote inside a string is not escaped")

    def _key(self) -> str:
        if self._peek() in _CLOSING:
            return self._string("key")
        bare = _KEY.match(self.text, self.at)
        if bare is None:
            raise self._broken("a key in double quotes is missing")
        self.at = bare.end()
        return bare[0].strip()

    def _bare(self) -> Any:
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            plain = number[0].replace("_", "").lstrip("+")
            return int(plain) if re.fullmatch(r"-?\d+", plain) else float(plain)
        word = _WORD.match(self.text, self.at)
        if word is None:
            raise self._broken("a value is missing")
        self.at = word.end()
        return _WORDS.get(word[0].casefold(), word[0])

    def _string(self, place: str) -> str:
        opening = self.text[self.at]
        fence = opening * 3
        if self.text.startswith(fence, self.at):
            return self._until(fence)
        self.at += 1
        written: list[str] = []
        inner = False
        while True:
            char = self._peek()
            if char == "\\":
                written.append(self._escape())
                continue
            self.at += 1
            if char == _CLOSING[opening]:
                if self._ends(place):
                    break
                inner = True
            written.append(char)
        text = "".join(written)
        if inner and (place != "field" or _SWALLOWED.search(text)):
            raise self._broken('a string contains a quote: write it as \\"')
        return text

    def _until(self, fence: str) -> str:
        end = self.text.find(fence, self.at + 3)
        if end < 0:
            raise BrokenJsonError(f"the JSON is cut: a string that starts with {fence} does not end")
        text, self.at = self.text[self.at + 3 : end], end + 3
        return text.strip()

    def _ends(self, place: str) -> bool:
        """Whether the quote before `at` ends its text: what follows must go on with the object or list."""
        if place == "key":
            return bool(_KEY_END.match(self.text, self.at))
        if place == "item":
            return True
        return bool(_NEXT_KEY.match(self.text, self.at) or _NEXT_LINE_KEY.match(self.text, self.at))

    def _escape(self) -> str:
        self.at += 1
        char = self._peek()
        self.at += 1
        if char == "u" and re.compile(r"[0-9a-fA-F]{4}").match(self.text, self.at):
            self.at += 4
            return chr(int(self.text[self.at - 4 : self.at], 16))
        if char == "\n":
            return ""
        return _ESCAPES.get(char, f"\\{char}")

    def _broken(self, told: str) -> BrokenJsonError:
        around = " ".join(self.text[max(0, self.at - 30) : self.at + 20].split())
        return BrokenJsonError(f"the JSON can't be read near {around!r}: {told}")


def read_yaml(text: str) -> dict[str, Any] | list[Any] | None:
    """The mapping or list that `text` is as YAML with JSON's own scalars; None when it is no YAML of that kind."""
    import yaml

    if not re.search(r"(?m)^\s*(- )?[A-Za-z_]\w*:(\s|$)", text):
        return None
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
            return None
        found = yaml.load(text, Loader=_yaml_loader())  # noqa: S506 - derived from SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) and found else None


def _yaml_loader() -> Any:
    import yaml

    class Plain(yaml.SafeLoader):
        """SafeLoader with null, true, false and plain numbers as its only scalars beside text."""

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            return _object([(self.construct_object(k, True), self.construct_object(v, True)) for k, v in node.value])

    Plain.yaml_implicit_resolvers = {}
    for tag, pattern, first in (
        ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
        ("bool", r"^(?:true|false|True|False)$", list("tfTF")),
        ("int", r"^-?(?:0|[1-9]\d*)$", list("-0123456789")),
        ("float", r"^-?(?:0|[1-9]\d*)\.\d+(?:[eE][-+]?\d+)?$", list("-0123456789")),
    ):
        Plain.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)
    return Plain
