"""`python -m simulator`: simulated providers until Ctrl-C. Exit codes: 0 ended as told, 2 for the user to mend."""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
from collections.abc import Mapping

from analyst.core.errors import PlatformError
from lab.simulator.faults import FAULTS
from lab.simulator.scenarios import SCENARIOS, load_scenario

DEFAULT_PORT = 4600
READY = "# Listening."
"""The line after which connections are taken."""


def build_parser() -> argparse.ArgumentParser:
    """The arguments of `python -m simulator`."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="Simulated model providers that the real gateway can be sent to."
    )
    parser.add_argument("--scenario", default="calm", metavar="NAME|FILE", help="how they behave (default calm)")
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="the control port; providers follow it (0: any)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default 127.0.0.1)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed and requests give the same run (default 0)")
    parser.add_argument("--speed", type=_speed, default=1.0, help="how much faster than real time it runs (default 1)")
    parser.add_argument("--list", action="store_true", help="list the scenarios and the faults, and end")
    parser.add_argument("--env", action="store_true", help="print the variables that send the gateway here, and end")
    parser.add_argument("--attached", action="store_true", help="end when standard input does, for programs")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to 65000")
    return port


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed above 0 and up to 1000")
    return speed


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - a command's output


def _variables(variables: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in variables.items())


def _list() -> None:
    width = max(map(len, (*SCENARIOS, *FAULTS)))
    _say("Scenarios:", *(f"  {name:<{width}}  {scenario.description}" for name, scenario in SCENARIOS.items()))
    _say("Faults, for scenario files:", *(f"  {name:<{width}}  {fault.told}" for name, fault in FAULTS.items()))


async def _run(arguments: argparse.Namespace) -> None:
    from lab.simulator.listening import Listening, environment
    from lab.simulator.timing import SimulatedTime
    from lab.simulator.world import World

    scenario = load_scenario(arguments.scenario)
    world = World(scenario, seed=arguments.seed, time=SimulatedTime(arguments.speed))
    listening = Listening(world, arguments.host, arguments.port)
    server = listening.server()
    _say(f"# Simulated providers: scenario {arguments.scenario}, seed {arguments.seed}, speed {arguments.speed:g}.")
    _say(*_variables({"SIMULATOR_URL": listening.control_url, **environment(listening.urls())}))
    if arguments.attached:
        threading.Thread(target=_wait_for_end, args=(server,), daemon=True).start()
    await listening.apply()
    _say(f"{READY} Ctrl-C ends it.")
    await listening.run(server)


def _wait_for_end(server: object) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True  # type: ignore[attr-defined]


def main(given: list[str] | None = None) -> int:
    """Parse, run, and translate every error once into an exit code."""
    arguments = build_parser().parse_args(given)
    try:
        if arguments.list:
            _list()
        elif arguments.env:
            from lab.simulator.listening import environment, planned_urls

            _say(*_variables(environment(planned_urls(arguments.host, arguments.port or DEFAULT_PORT))))
        else:
            asyncio.run(_run(arguments))
    except PlatformError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
