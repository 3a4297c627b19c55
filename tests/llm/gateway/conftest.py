from __future__ import annotations

from collections.abc import Iterator

import pytest

from analyst.llm.client import GatewayClient
from tests.gateway_process import RunningGateway, running_gateway
from tests.llm.gateway.upstream import Answer, Upstream, serving


@pytest.fixture(scope="session")
def providers() -> Iterator[Upstream]:
    """One server that plays every provider."""
    with serving() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory, providers: Upstream) -> Iterator[RunningGateway]:
    """The real gateway with every provider's real adapter, all sent to `providers`."""
    with running_gateway(tmp_path_factory.mktemp("gateway"), **providers.bases()) as running:
        yield running


@pytest.fixture
def upstream(providers: Upstream) -> Upstream:
    """`providers` as new: it answers well and has seen nothing."""
    providers.answer = Answer()
    providers.requests.clear()
    return providers


@pytest.fixture
def client(gateway: RunningGateway) -> Iterator[GatewayClient]:
    opened = GatewayClient(gateway.info.url, gateway.info.key)
    yield opened
    opened.close()
