"""The charts' script for a page: Vega, Vega-Lite and Vega-Embed as one text that is the same for every report.

Making it takes 1.5 s of a core with the interpreter's lock held, so it is kept in a file named after the versions that
it is made of. The file is only a copy: one that is not whole, or can't be written, means that it is made anew.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from analyst.reporting.charts.drawing import grammar_version

_DIGEST_SIZE = hashlib.sha256().digest_size


@cache
def library(kept_in: Path | None = None) -> str:
    """The script, with nothing in it that could end its tag; kept in the folder `kept_in`, None: made anew."""
    if kept_in is None:
        return _make()
    file = kept_in / f"charts-{version('vl-convert-python')}-{version('altair')}.js"
    script = _read(file)
    if script is None:
        script = _make()
        with suppress(OSError):
            _write(file, script)
    return script


def _make() -> str:
    import vl_convert

    bundle: str = vl_convert.javascript_bundle(None, vl_version=grammar_version())  # type: ignore[arg-type]
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _read(file: Path) -> str | None:
    """What `file` holds, if it is exactly what was written: the digest of the script, then the script."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    script = content[_DIGEST_SIZE:]
    return script.decode() if hashlib.sha256(script).digest() == content[:_DIGEST_SIZE] else None


def _write(file: Path, script: str) -> None:
    """Put the script into `file`, whole or not at all, for its owner only."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content, draft = script.encode(), file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(hashlib.sha256(content).digest() + content)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
