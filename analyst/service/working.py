"""`worker`: one more process that answers the service's questions, on this machine or another, without an API."""

from __future__ import annotations

import argparse
import logging
import sys
import threading

from analyst.core.errors import SettingsError
from analyst.core.settings import load_settings
from analyst.service.resident import Resident, queue_of, uploads_of
from analyst.service.worker import Worker

LOOK_S = 30.0
OTHERS = (
    "Analyses that wait for processes with other code or settings: {count}. This process leaves them alone. Give all"
    " processes the same release and the same settings."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much it takes on."""
    parser.add_argument("--at-once", type=int, metavar="N", help="analyses at once (default: ANALYSES_AT_ONCE)")


def run(arguments: argparse.Namespace) -> int:
    """Work until a signal ends it; `arguments.resident` makes the analyses. The exit code."""
    if arguments.at_once is not None and arguments.at_once < 1:
        raise SettingsError(f"--at-once {arguments.at_once} is too small.", "Choose 1 or more.")
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    work(arguments.resident(load_settings()), arguments.at_once)
    return 0


def work(resident: Resident, at_once: int | None = None) -> None:
    """Take jobs until this process is interrupted; those that run then go to other processes."""
    settings = resident.settings
    queue, uploads = queue_of(resident), uploads_of(resident)
    worker = Worker(queue, resident.analyse, at_once or settings.analyses_at_once, uploads.fetch)
    try:
        resident.warm_up()
        worker.start()
        print(f"Working on the queue in {resident.store.place} (Ctrl-C ends it).", file=sys.stderr, flush=True)  # noqa: T201
        told = False
        while not threading.Event().wait(LOOK_S):
            left = queue.left_to_others()
            if left and not told:
                print(OTHERS.format(count=left), file=sys.stderr, flush=True)  # noqa: T201
            told = bool(left)
            uploads.sweep()
            resident.tables.tidy()
    finally:
        worker.stop()
        resident.close()
