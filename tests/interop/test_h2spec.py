"""h2spec against the engine and, for comparison, grpcio: what of RFC 9113 and HPACK a server does as it is written."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc as stubs
from server.transport.native import AVAILABLE
from tests.transport.servers import NATIVE

from . import builds
from .programs import Server
from .python.shared import STILL

pytestmark = pytest.mark.timeout(600)
CASES = 145
PATIENCE, HASTE = 3, 1
"""Seconds that a case waits for an answer: of the engine, and of grpcio, which leaves many without one."""
FAILED = re.compile(r"^\s*\u00d7 (.*)$", re.MULTILINE)
RESULT = re.compile(r"(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed")


@pytest.fixture(scope="module")
def h2spec() -> Path:
    builds.need("go")
    return builds.go_tool(builds.H2SPEC)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    made = Server(request.param)
    yield made
    made.stop()


def judged(h2spec: Path, server: Server, patience: int) -> tuple[str, set[str]]:
    """The last line of h2spec, and the names of the cases that failed."""
    command = [h2spec, "-h", "localhost", "-p", server.port, "-o", patience]
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, encoding="utf-8", check=False, timeout=500
    )
    found = RESULT.search(done.stdout)
    assert found is not None, done.stdout[-2000:] + done.stderr[-2000:]
    failed = set(FAILED.findall(done.stdout.partition("Failures:")[2]))
    return found[0], failed


@pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")
@pytest.mark.parametrize("server", NATIVE, indirect=True)
def test_the_engine(h2spec: Path, server: Server) -> None:
    words, failed = judged(h2spec, server, PATIENCE)
    print(f"native: {words}; failed: {sorted(failed)}")
    cases, passed, _skipped, _failed = map(int, re.findall(r"\d+", words))
    assert cases == CASES
    assert failed == set()
    assert passed == CASES, "skipped"


@pytest.mark.parametrize("server", ["push"], indirect=True)
def test_grpcio_for_comparison(h2spec: Path, server: Server) -> None:
    """It is not ours: all that is asked of it is an answer after all of that."""
    words, failed = judged(h2spec, server, HASTE)
    print(f"grpcio: {words}; {len(failed)} names failed")
    with grpc.insecure_channel(server.address) as channel:
        stub: Any = stubs.MarketDataServiceStub(channel)
        assert stub.GetBook(pb.GetBookRequest(market=STILL), timeout=30).book.market == STILL
