"""One server for the attacks of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.waiting import eventually

from ..e2e.processes import Server, Yard
from .rig import TRANSPORTS, Innocent


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    made = Yard(tmp_path_factory.mktemp("yard"))
    yield made
    made.close()


@pytest.fixture(scope="module", params=TRANSPORTS)
def server(yard: Yard, request: pytest.FixtureRequest) -> Server:
    simulator = yard.simulator("--pair", "BTC/USDT", "--rate", "20")
    made = yard.serve(simulator, transport=request.param)
    with made.client() as stub:
        from onebook.v1 import market_data_pb2 as pb

        eventually(lambda: len(stub.GetBook(pb.GetBookRequest()).book.bids) > 5, "a live book")
    return made


@pytest.fixture
def innocent(server: Server) -> Iterator[Innocent]:
    made = Innocent(server)
    yield made
    made.close()
    assert "CANCELLED" in made.error, made.error
