"""`documents [--check]`: everything that is generated from code, prices, settings and the load test's results."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analyst.core.settings import ROOT
from lab.documents.analysis.document import analysis_text
from lab.documents.diagram import diagram_png, diagram_svg, drawn_from
from lab.documents.document import strategy_text
from lab.documents.settings_tables import env_example, with_table
from lab.loadtest.options import RESULTS
from lab.loadtest.results import read

DIAGRAM = "architecture_diagram.png"


@dataclass(frozen=True)
class Document:
    """A generated file and the text that it must hold."""

    path: Path
    text: str

    @property
    def current(self) -> bool:
        """Whether the file holds it already."""
        return self.path.is_file() and self.path.read_text(encoding="utf-8") == self.text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Write or check, from which results, where."""
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a document is out of date")
    parser.add_argument("--results", type=Path, default=RESULTS, help=f"results to use (default: {RESULTS.name})")
    parser.add_argument("--out", type=Path, default=ROOT, help="folder of the documents (default: here)")


def run(arguments: argparse.Namespace) -> int:
    """Write the documents, or name those that are out of date; the exit code."""
    results, diagram = read(arguments.results), arguments.out / DIAGRAM
    svg = diagram_svg(results)
    old = [document for document in documents(arguments.results, arguments.out) if not document.current]
    drawn = diagram.is_file() and drawn_from(diagram.read_bytes(), svg)
    paths = [*(document.path for document in old), *([] if drawn else [diagram])]
    if not arguments.check:
        for document in old:
            document.path.write_text(document.text, encoding="utf-8")
        if not drawn:
            diagram.write_bytes(diagram_png(svg))
    for path in paths:
        print(f"{'Out of date' if arguments.check else 'Written'}: {path}")  # noqa: T201 - a command's output
    return int(bool(paths) and arguments.check)


def documents(results: Path, folder: Path) -> Iterator[Document]:
    """Every generated text, as made from the load test's file `results`, and its place in `folder`."""
    content = read(results)
    yield Document(folder / "backend_strategy.md", strategy_text(content, results.name))
    yield Document(folder / "analysis.md", analysis_text(content, results.name))
    yield Document(folder / ".env.example", env_example())
    yield Document(folder / "README.md", with_table((ROOT / "README.md").read_text(encoding="utf-8")))
