"""References as models write them, made ours: {s1.mean}, `s1.mean`, {{s1.mean:.2f}}, {{evidence.s1.mean}}.

Only what names a table and a field of the evidence is touched, so nothing else of a text changes. What could be meant
in two ways (${s1.total}: a currency or a template?) and a reference in no brackets are problems for the writer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from analyst.protocol.evidence import ALWAYS, Evidence
from analyst.protocol.references import normal, replaced
from analyst.protocol.replies import Reply

_PREFIX = re.compile(r"^\s*(?:evidence|results?|steps|tables|outputs?)\.(?=\s*\w)", re.IGNORECASE)
_FORMAT = re.compile(
    r"\s*(?::\s*,?(?:\.(?P<python>\d+)(?P<kind>[f%])|d)?"
    r"|\|\s*(?:round\s*\(?\s*(?P<round>\d+)\s*\)?|(?P<places>\d+)\s*(?:decimals?|decimal places?|dp|places?)"
    r"|(?P<whole>int|integer)|(?P<percent>percent(?:age)?)))\s*$",
    re.IGNORECASE,
)
_REFERENCE = (
    r"(?P<table>[A-Za-z]\w{0,40})(?:\[[^\[\]{}\n]*\])?\.(?P<field>\w[^{}|`<>\[\]\n]{0,60})(?:\|[^{}|`\n]{1,12})?"
)
_BRACKETS = (
    re.compile(rf"(?<![{{$%#])\{{\s*(?P<body>{_REFERENCE})\s*\}}(?!\}})"),
    re.compile(rf"`(?P<body>{_REFERENCE})`"),
    re.compile(rf"\[\[\s*(?P<body>{_REFERENCE})\s*\]\]"),
    re.compile(rf"<<\s*(?P<body>{_REFERENCE})\s*>>"),
)
_TEMPLATE = re.compile(rf"[$#%]\{{+\s*(?P<body>{_REFERENCE})\s*\}}+")
_BARE = re.compile(r"(?<![\w.{[`/])(?P<table>[A-Za-z]\w{0,40})(?:\[[^\[\]{}\n]*\])?\.(?P<field>[A-Za-z_]\w*)(?![\w(])")


def mended(text: str, evidence: Evidence) -> str:
    """`text` with every reference that is plainly meant in our own form."""
    if not re.search(r"[{`\[<]", text):
        return text
    text = replaced(text, lambda body: "{{" + _plain(body, evidence) + "}}")
    for pattern in _BRACKETS:
        text = pattern.sub(
            lambda found: "{{" + _plain(found["body"], evidence) + "}}" if _known(found, evidence) else found[0], text
        )
    return text


def unclear(text: str, evidence: Evidence) -> list[str]:
    """A problem for each reference that is in no brackets, or in those of another template language."""
    problems = [
        f"{found[0]!r} can mean two things: write {{{{{found['body']}}}}}, after a currency sign if one is meant"
        for found in _TEMPLATE.finditer(text)
        if not found[0].startswith(("${{", "#{{", "%{{")) and _known(found, evidence)
    ]
    return problems + [
        f"{found[0]!r} is not a reference: write it in double braces, {{{{{found[0]}}}}}"
        for found in _BARE.finditer(replaced(text, lambda body: " " * (len(body) + 4)))
        if found["table"].casefold() not in ALWAYS and _known(found, evidence)
    ]


def with_texts(reply: Any, change: Callable[[str], str]) -> Any:
    """`reply` with every text in it changed."""
    if isinstance(reply, Reply):
        return reply.model_copy(update={name: with_texts(value, change) for name, value in reply})
    if isinstance(reply, tuple):
        return tuple(with_texts(item, change) for item in reply)
    return change(reply) if isinstance(reply, str) else reply


def _plain(body: str, evidence: Evidence) -> str:
    """The body of a reference without another language's prefix and with its format as ours."""
    bare = _PREFIX.sub("", body)
    if bare != body and normal(re.split(r"[.\[|]", body.strip())[0]) not in _tables(evidence):
        body = bare
    found = _FORMAT.search(body)
    if found is None or found.start() == 0:
        return body
    return body[: found.start()] + next(_shapes(found), "")


def _shapes(found: re.Match[str]) -> Iterator[str]:
    for group in ("python", "round", "places"):
        if found[group]:
            yield f"|{found[group]}" + ("%" if found["kind"] == "%" else "")
    if found["whole"]:
        yield "|0"
    if found["percent"]:
        yield "|%"


def _tables(evidence: Evidence) -> dict[str, set[str]]:
    return {normal(table.id): {normal(column) for column in table.columns} for table in evidence.tables}


def _known(found: re.Match[str], evidence: Evidence) -> bool:
    fields = _tables(evidence).get(normal(found["table"]), set())
    field = normal(_FORMAT.sub("", found["field"]))
    return field in fields or normal(found["field"].partition(":")[0]) in fields
