"""`gateway start | status | stop | doctor`. Exit codes: 0 good, 1 not good, 2 a mistake the user can fix."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping

from analyst.core.settings import Settings, load_settings
from analyst.llm.gateway.doctor import examine, report
from analyst.llm.gateway.launcher import ensure_running, statuses
from analyst.llm.gateway.launcher import stop as end

STOPPED = {0: "– No gateway was running.", 1: "✓ The gateway is stopped."}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The four commands."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("start", help="start the gateway if it isn't running; it keeps running")
    commands.add_parser(
        "status", help="show the gateways of this folder and which models are offered (exit code 0: yours runs)"
    )
    commands.add_parser("stop", help="stop the gateways of this folder and wait until they have exited")
    doctor = commands.add_parser("doctor", help="check environments, gateway, keys and models, and say what to fix")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command's output


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def start(settings: Settings, arguments: argparse.Namespace) -> int:
    """Start the gateway, or find it running."""
    info = ensure_running(settings, on_note=_note)
    _say(f"✓ The gateway {'was started' if info.started else 'is already running'} at {info.url}.")
    _tell_models(info.models, info.dropped)
    return 0


def status(settings: Settings, arguments: argparse.Namespace) -> int:
    """Say how the gateway of these settings stands, and this folder's others; 0 when it runs."""
    own, *others = statuses(settings)
    for found in (own, *others):
        mark = "✓" if found.state == "running" else "–" if found.state in ("stopped", "starting") else "✗"
        process = f" (process {found.pid})" if found.pid else ""
        whose = "" if found.own else ", started with other settings"
        _say(f"{mark} The gateway at {found.url}{whose}: {found.state}{process}.")
        if found.detail:
            _say(f"  {found.detail}")
        if found.own:
            _tell_models(found.models, found.dropped)
    return 0 if own.state == "running" else 1


def _tell_models(models: tuple[str, ...], dropped: Mapping[str, str]) -> None:
    for model in models:
        _say(f"  ✓ {model}")
    for model, fix in dropped.items():
        if model not in models:
            _say(f"  – {model}: {fix}")


def stop(settings: Settings, arguments: argparse.Namespace) -> int:
    """Stop the gateway; 0 also when none runs."""
    stopped = end(settings, on_note=_note)
    _say(STOPPED.get(stopped, f"✓ {stopped} gateways are stopped."))
    return 0


def doctor(settings: Settings, arguments: argparse.Namespace) -> int:
    """Tell every finding as it is made; 1 when one is bad."""
    findings = []
    for finding in examine(settings):
        findings.append(finding)
        if not arguments.json:
            _say(finding.line())
    if arguments.json:
        _say(report(findings))
    return 1 if any(finding.verdict == "bad" for finding in findings) else 0


COMMANDS: Mapping[str, Callable[[Settings, argparse.Namespace], int]] = {
    "start": start,
    "status": status,
    "stop": stop,
    "doctor": doctor,
}


def run(arguments: argparse.Namespace) -> int:
    """Do what the arguments ask; the exit code."""
    return COMMANDS[arguments.command](load_settings(), arguments)
