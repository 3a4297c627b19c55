"""`simulate`: simulated model providers until Ctrl-C, which is how it ends (exit code 0)."""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

from lab.simulator.faults import FAULTS
from lab.simulator.listening import Listening, environment, planned_urls
from lab.simulator.scenarios import SCENARIOS, load_scenario
from lab.simulator.timing import SimulatedTime
from lab.simulator.world import World

DEFAULT_PORT = 4600
BOOKS_OF_ITS_OWN = {"METRICS_EXPORT_PATH": "var/simulated/metrics.db", "DATABASE_URL": ""}
"""Where simulated calls are recorded: among real ones they would spend the real budget."""
READY = "# Listening."
"""The line after which connections are taken."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How the providers behave, and where they listen."""
    parser.add_argument(
        "--scenario", default="calm", metavar="NAME|FILE", help="how the providers behave (default calm)"
    )
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="control port; the providers use the ports after it (0: any)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument(
        "--seed", type=int, default=0, help="the same seed and requests produce the same run (default 0)"
    )
    parser.add_argument(
        "--speed", type=_speed, default=1.0, help="run this many times faster than real time (default 1)"
    )
    parser.add_argument("--list", action="store_true", help="list the scenarios and faults, and exit")
    parser.add_argument("--env", action="store_true", help="print the variables that point the gateway here, and exit")
    parser.add_argument("--attached", action="store_true", help="exit when standard input closes (for programs)")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65000")
    return port


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed above 0 and up to 1000")
    return speed


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - a command's output


def _variables(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Lines for a shell; what is simulated is recorded apart from what is real."""
    variables = {**variables, **BOOKS_OF_ITS_OWN}
    return tuple(f"{name}={value}" for name, value in variables.items())


def _list() -> None:
    width = max(map(len, (*SCENARIOS, *FAULTS)))
    _say("Scenarios:", *(f"  {name:<{width}}  {scenario.description}" for name, scenario in SCENARIOS.items()))
    _say("Faults for scenario files:", *(f"  {name:<{width}}  {fault.told}" for name, fault in FAULTS.items()))


async def _run(arguments: argparse.Namespace) -> None:
    scenario = load_scenario(arguments.scenario)
    world = World(scenario, seed=arguments.seed, time=SimulatedTime(arguments.speed))
    listening = Listening(world, arguments.host, arguments.port)
    server = listening.server()
    _say(f"# Simulated providers: scenario {arguments.scenario}, seed {arguments.seed}, speed {arguments.speed:g}.")
    _say(*_variables({"SIMULATOR_URL": listening.control_url, **environment(listening.urls())}))
    if arguments.attached:
        threading.Thread(target=_wait_for_end, args=(server,), daemon=True).start()
    await listening.apply()
    _say(f"{READY} Press Ctrl-C to stop.")
    await listening.run(server)


def _wait_for_end(server: object) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True  # type: ignore[attr-defined]


def run(arguments: argparse.Namespace) -> int:
    """Serve, or print what was asked for; the exit code."""
    if arguments.list:
        _list()
    elif arguments.env:
        _say(*_variables(environment(planned_urls(arguments.host, arguments.port or DEFAULT_PORT))))
    else:
        with suppress(KeyboardInterrupt):
            asyncio.run(_run(arguments))
    return 0
