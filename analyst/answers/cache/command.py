"""`cache --stats | --clear [--dataset NAME]`: what cached answers saved, and how to forget them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from analyst.answers.cache.answer_cache import cache_statistics
from analyst.core.errors import UserError
from analyst.core.settings import Settings, load_settings
from analyst.storage import answers_kept
from analyst.storage.database import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to show or forget."""
    parser.add_argument("--stats", action="store_true", help="show how many answers are cached and how much they saved")
    parser.add_argument("--clear", action="store_true", help="clear the cache (report folders are kept)")
    parser.add_argument("--dataset", metavar="NAME", help="with --clear: only answers about this table")


def run(arguments: argparse.Namespace) -> int:
    """Clear, then show; the exit code."""
    if not (arguments.stats or arguments.clear) or (arguments.dataset and not arguments.clear):
        raise UserError("Use --stats or --clear [--dataset NAME].")
    store = _open(load_settings())
    lines = ["Nothing has been recorded yet."] if store is None else []
    if store and arguments.clear:
        lines.append(f"Cached answers cleared: {answers_kept.clear(store, arguments.dataset):,}.")
    if store and arguments.stats:
        lines += statistics_lines(cache_statistics(store))
    print(*lines, sep="\n")  # noqa: T201 - a command's output
    return 0


def _open(settings: Settings) -> Store | None:
    """The store of these settings; None where nothing was recorded yet (looking makes no file)."""
    if settings.database_url:
        return Store.on_server(settings.database_url)
    path = settings.metrics_export_path
    return Store.at(path) if path.exists() else None


def statistics_lines(told: Mapping[str, Any]) -> list[str]:
    """The statistics for a person."""
    rate = "" if told["hit_rate"] is None else f" ({told['hit_rate']:.0%})"
    words, meaning, plan = (told["hits_by_tier"][tier] for tier in (1, 2, 3))
    return [
        f"{told['kept']:,} answers are cached.",
        f"{told['lookups']:,} questions looked up, {told['hits']:,} answered from the cache{rate}: "
        f"{words:,} by the same words, {meaning:,} by the same meaning, {plan:,} by the same plan.",
        f"Saved: ${told['saved_usd']:.4f} and {told['saved_s']:,.1f} s.",
    ]
