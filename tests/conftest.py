"""What tests of several rooms share: a store of each kind."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as search

from analyst.core.settings import Settings, load_settings
from analyst.storage.database import Store
from monitoring import PerformanceMonitor
from tests.recorded import Clock, place
from tests.stores import fresh_database, open_store, running_postgres

search.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
search.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of all that programs keep, also those that tests start: what is kept in the checkout, such as answers
    of an earlier run, is no part of a test."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as environment:
        for name, field in Settings.model_fields.items():
            if isinstance(field.default, Path):
                environment.setenv(name.upper(), str(folder / field.default))
        yield folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server's address, started when the first test asks for it."""
    with (
        tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder,
        running_postgres(Path(folder)) as url,
    ):
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a new store may be made: once in a file, once on a PostgreSQL server."""
    if request.param == "sqlite":
        yield str(tmp_path / "var" / "metrics.db")
    else:
        with fresh_database(request.getfixturevalue("postgres")) as url:
            yield url


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """A new store of each kind."""
    opened = open_store(address)
    yield opened
    opened.close()


@pytest.fixture
def noon() -> Clock:
    """A clock that stands at noon."""
    return Clock()


@pytest.fixture
def watched(tmp_path: Path, address: str, noon: Clock) -> Iterator[PerformanceMonitor]:
    """A monitor with a budget of one dollar on a new store of each kind."""
    settings = load_settings(
        tmp_path / "none.env",
        **({"database_url": None} | place(address)),
        daily_budget_usd=Decimal("1.00"),
        target_latency_s=8.0,
        expected_daily_requests=500,
        timezone="UTC",
    )
    made = PerformanceMonitor(settings, clock=noon)
    yield made
    made.store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)
