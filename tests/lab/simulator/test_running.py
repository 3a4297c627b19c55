"""The command and the context manager: real processes, told to change, counted, and gone afterwards."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from analyst.core.errors import GatewayError, SettingsError
from analyst.core.settings import ROOT, load_settings
from lab.simulator.faults import FAULTS
from lab.simulator.providers import PROVIDERS
from lab.simulator.running import SimulatedProviders, simulated_providers
from lab.simulator.scenarios import SCENARIOS, of_fault
from tests.lab.simulator.conftest import Caller

DOWN = {"groq": {"faults": {"connect_refused": 1}}}


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "main.py", "simulate", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


def test_list_names_every_scenario_and_every_fault() -> None:
    told = command("--list")
    assert told.returncode == 0
    assert all(f"  {name} " in told.stdout for name in (*SCENARIOS, *FAULTS))


def test_env_prints_nothing_but_variables_that_the_settings_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = command("--env", "--port", "4700")
    file = tmp_path / ".env"
    file.write_text(told.stdout, encoding="utf-8")
    names = [line.partition("=")[0] for line in told.stdout.splitlines()]
    for name in names:
        monkeypatch.delenv(name, raising=False)
    settings = load_settings(file)
    assert settings.groq_api_base == "http://127.0.0.1:4702/openai/v1"
    assert settings.ollama_base_url == "http://127.0.0.1:4701"
    assert settings.anthropic_api_key is not None
    assert settings.anthropic_api_key.get_secret_value() == PROVIDERS["anthropic"].key
    assert settings.metrics_export_path.name == "metrics.db" and settings.metrics_export_path.parent.name == "simulated"
    assert settings.database_url is None
    assert len(names) == 11


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--scenario", "calmer"), "Unknown scenario 'calmer'"),
        (("--port", "70000"), "is not a port"),
        (("--speed", "0"), "is not a speed"),
        (("--seed", "x"), "invalid int"),
    ],
)
def test_bad_arguments_end_with_one_clear_line(arguments: tuple[str, ...], told: str) -> None:
    done = command(*arguments)
    assert done.returncode == 2
    assert told in done.stderr and "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = [command("--port", str(base)) for base in (port, port - 3)]
    assert [done.returncode for done in told] == [2, 2]
    assert f"127.0.0.1:{port} can't be used" in told[0].stderr
    assert "can't be used" in told[1].stderr and "Traceback" not in told[1].stderr


def test_what_does_not_start_says_why() -> None:
    with pytest.raises(GatewayError, match="Unknown scenario 'calmer'"), simulated_providers("calmer"):
        pass


def gone(url: str) -> bool:
    address = httpx.URL(url)
    try:
        socket.create_connection((address.host, address.port or 0), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_programs_that_start_it_have_books_of_their_own(providers: SimulatedProviders) -> None:
    assert not {"METRICS_EXPORT_PATH", "DATABASE_URL"} & set(providers.variables)


def test_it_is_gone_when_its_block_ends_even_with_a_request_hanging() -> None:
    with ThreadPoolExecutor(1) as pool:
        with simulated_providers("calm") as providers:
            providers.set_scenario(of_fault("hang"))
            caller = Caller(providers)
            hanging = pool.submit(caller.ask, "groq")
            while not providers.stats()["requests"]:
                time.sleep(0.01)
        with pytest.raises(httpx.TransportError):
            hanging.result(timeout=20)
    assert all(gone(url) for url in (providers.control_url, *(caller.url(name) for name in PROVIDERS)))


def test_it_ends_with_the_program_that_started_it() -> None:
    program = "import sys, time; from lab.simulator.running import simulated_providers as s\n"
    program += "with s() as p:\n    print(p.control_url, flush=True)\n    time.sleep(60)\n"
    started = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    url = started.stdout.readline().strip()
    started.kill()
    started.communicate()
    deadline = time.monotonic() + 20
    while not gone(url):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_another_scenario_can_be_set_by_name_whole_and_as_a_document(
    providers: SimulatedProviders, caller: Caller
) -> None:
    ways: list[Any] = ["groq-down", of_fault("connect_refused", provider="groq"), {"phases": [{"providers": DOWN}]}]
    for scenario in ways:
        providers.set_scenario("calm")
        assert caller.ask("groq").status_code == 200
        providers.set_scenario(scenario)
        with pytest.raises(httpx.ConnectError):
            caller.ask("groq")


def test_a_bad_scenario_is_refused_and_the_old_one_stays(providers: SimulatedProviders, caller: Caller) -> None:
    providers.set_scenario(of_fault("unavailable"))
    bad: list[Any] = ["calmer", {"phases": [{"providers": {"groq": {"faults": {"explode": 1}}}}]}, 7]
    for scenario in bad:
        with pytest.raises(SettingsError):
            providers.set_scenario(scenario)
    assert caller.ask("groq").status_code == 503


def test_a_script_takes_its_course_in_simulated_time(providers: SimulatedProviders, caller: Caller) -> None:
    later = {"from_s": 60, "providers": {"groq": {"faults": {"unavailable": 1}}}}
    down = {"from_s": 150, "providers": DOWN}
    providers.set_scenario({"phases": [{}, later, down]})
    met: list[object] = []
    while "down" not in met:
        try:
            met.append(caller.ask("groq").status_code)
        except httpx.HTTPError:
            met.append("down")
        assert len(met) < 2000
    assert sorted(set(met), key=met.index) == [200, 503, "down"]


def test_everything_is_counted_and_can_be_cleared(providers: SimulatedProviders, caller: Caller) -> None:
    caller.ask("groq")
    caller.ask("anthropic", stream=True)
    caller.ask("groq", model="no-such-model")
    stats = providers.stats()
    assert stats["requests"] == 3
    assert stats["providers"]["groq"]["refused"] == {"no_model": 1}
    assert (stats["providers"]["groq"]["answered"], stats["providers"]["anthropic"]["answered"]) == (1, 1)
    entries = providers.requests()
    assert [(e["provider"], e["stream"], e["status"]) for e in entries] == [
        ("groq", False, 200),
        ("anthropic", True, 200),
        ("groq", False, 404),
    ]
    assert sum(float(e["billed_usd"]) for e in entries) == pytest.approx(float(providers.billed_usd()))
    providers.clear()
    assert (providers.stats()["requests"], providers.requests()) == (0, [])


def fates(providers: SimulatedProviders, caller: Caller, *, at_once: int) -> dict[str, int]:
    """What happened to 60 different requests, asked `at_once` at a time."""
    providers.set_scenario("chaos-30", seed=11)
    providers.clear()

    def ask(number: int) -> None:
        try:
            caller.ask("groq", messages=[{"role": "user", "content": f"question {number}"}])
        except httpx.HTTPError:
            return

    caller.http.timeout = httpx.Timeout(1.0)
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(ask, range(60)))
    return dict(providers.stats()["providers"]["groq"]["faults"])


def test_the_same_seed_gives_the_same_run_also_when_requests_come_at_once(
    providers: SimulatedProviders, caller: Caller
) -> None:
    one_by_one = fates(providers, caller, at_once=1)
    assert sum(one_by_one.values()) > 8
    assert fates(providers, caller, at_once=20) == one_by_one


def test_requests_beyond_a_limit_wait_for_it_to_refill(providers: SimulatedProviders, caller: Caller) -> None:
    providers.set_scenario({"phases": [{"providers": {"all": {"requests_per_minute": 1}}}]})
    answers = [caller.ask("openai") for _ in range(2)]
    assert [a.status_code for a in answers] == [200, 429]
    remaining = [int(a.headers["x-ratelimit-remaining-requests"]) for a in answers]
    assert remaining == [0, 0]
    assert "on requests per min (RPM): Limit 1, Used 1, Requested 1" in answers[-1].json()["error"]["message"]
    time.sleep(int(answers[-1].headers["retry-after-ms"]) / 1000)
    assert caller.ask("openai").status_code == 200
    assert providers.stats()["providers"]["openai"]["refused"] == {"rate_limited": 1}
    assert providers.stats()["providers"]["openai"]["faults"] == {}


def test_a_request_larger_than_a_limit_is_told_so_in_the_providers_way(
    providers: SimulatedProviders, caller: Caller
) -> None:
    providers.set_scenario({"phases": [{"providers": {"all": {"tokens_per_minute": 60}}}]})
    groq, openai = (caller.ask(name, max_tokens=500) for name in ("groq", "openai"))
    assert groq.status_code == 413 and "Request too large" in groq.text
    assert openai.status_code == 429 and "Request too large" in openai.text
    assert not any("retry-after" in told.headers for told in (groq, openai))
    claude = [caller.ask("anthropic", max_tokens=500) for _ in range(2)]
    assert [told.status_code for told in claude] == [200, 429]
    assert "60 output tokens per minute" in claude[1].text and "retry-after" in claude[1].headers


def test_ollama_works_on_one_request_at_a_time() -> None:
    with simulated_providers("calm", speed=20) as providers:
        caller = Caller(providers)
        began = time.monotonic()
        caller.ask("ollama")
        alone = time.monotonic() - began
        with ThreadPoolExecutor(6) as pool:
            began = time.monotonic()
            list(pool.map(lambda _: caller.ask("ollama"), range(6)))
        assert time.monotonic() - began > 3 * alone
