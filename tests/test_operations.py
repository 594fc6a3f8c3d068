"""Health by name follows the books of a running server, through commands that add and remove."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from server.model import Listing, Reach, VenueState
from server.operations import Operations
from server.push.push_feed import PushFeed
from server.push.pushed_book import PUSH
from server.threads import Supervised
from tests.api.commanded import BTC, ETH, SOL, Commanded
from tests.api.conftest import Failure
from tests.transport.servers import TRANSPORTS
from tests.waiting import eventually

State = health_pb2.HealthCheckResponse


@pytest.fixture(params=TRANSPORTS)
def rig(request: pytest.FixtureRequest) -> Iterator[Commanded]:
    rig = Commanded(request.param)
    yield rig
    rig.close()


class Watched:
    """Operations that look when the test says."""

    def __init__(self, rig: Commanded, threads: Sequence[Supervised] = ()) -> None:
        self.operations = Operations(rig.registry, rig.server.report, threads)
        self.stub: Any = health_pb2_grpc.HealthStub(rig.channel)

    def health(self, name: str) -> Any:
        self.operations.look()
        try:
            return self.stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=20).status
        except grpc.RpcError as error:
            return error.code()


def test_a_market_is_ready_while_a_book_is_live(rig: Commanded, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    watched = Watched(rig)
    for name in ("", "BTC/USDT", "ETH/USDT"):
        assert watched.health(name) == State.NOT_SERVING
    assert "not ready" not in caplog.text, "that a new market is not ready yet is no news"
    rig.feed("alpha").fill(ETH, "1.00", "2.00")
    assert (watched.health("ETH/USDT"), watched.health("BTC/USDT"), watched.health("")) == (
        State.SERVING, State.NOT_SERVING, State.NOT_SERVING,
    )  # fmt: skip
    rig.feed("beta").fill(BTC, "1.00", "2.00")
    assert watched.health("") == watched.health("BTC/USDT") == State.SERVING
    rig.registry.markets[BTC].report("beta", VenueState.DOWN, "gone")
    assert watched.health("") == watched.health("BTC/USDT") == State.NOT_SERVING
    assert watched.health("ETH/USDT") == State.SERVING
    assert "BTC/USDT is ready: beta" in caplog.text
    assert "BTC/USDT is not ready: alpha connecting, beta down" in caplog.text


def test_liveness_and_services_do_not_depend_on_books(rig: Commanded) -> None:
    watched = Watched(rig)
    for name in ("liveness", "onebook.v1.MarketDataService", "onebook.v1.ControlService"):
        assert watched.health(name) == State.SERVING


def test_a_thread_that_fails_ends_the_liveness_until_it_is_well(rig: Commanded) -> None:
    """As a supervisor of processes sees it: a restart may help where a thread fails again and again."""
    stop, failed = threading.Event(), threading.Event()

    def loop() -> None:
        failed.set()
        raise ValueError("broken")

    thread = Supervised("dispatcher", loop, stop)
    watched = Watched(rig, [thread])
    assert watched.health("liveness") == State.SERVING, "it has not begun"
    thread.start()
    assert failed.wait(20)
    eventually(lambda: watched.health("liveness") == State.NOT_SERVING, "the failure shows")
    stop.set()
    thread.join(20)


def test_markets_that_come_and_go(rig: Commanded) -> None:
    watched = Watched(rig)
    assert watched.health("SOL/USDT") is grpc.StatusCode.NOT_FOUND
    rig.registry.add_market(SOL)
    assert watched.health("SOL/USDT") == State.NOT_SERVING
    rig.feed("alpha").fill(SOL, "1.00", "2.00")
    assert watched.health("SOL/USDT") == State.SERVING
    stream = watched.stub.Watch(health_pb2.HealthCheckRequest(service="SOL/USDT"))
    assert next(stream).status == State.SERVING
    rig.registry.remove_market(SOL)
    watched.operations.look()
    assert next(stream).status == State.SERVICE_UNKNOWN
    stream.cancel()
    assert watched.health("SOL/USDT") is grpc.StatusCode.NOT_FOUND


def test_a_venue_that_is_removed_does_not_count(rig: Commanded) -> None:
    watched = Watched(rig)
    rig.feed("beta").fill(BTC, "1.00", "2.00")
    assert watched.health("") == State.SERVING
    rig.registry.remove_venue("beta")
    assert watched.health("") == State.NOT_SERVING


def test_the_end_is_not_undone(rig: Commanded) -> None:
    operations = Operations(rig.registry, rig.server.report)
    rig.fill()
    operations.start()
    stub: Any = health_pb2_grpc.HealthStub(rig.channel)
    stream = stub.Watch(health_pb2.HealthCheckRequest(service="BTC/USDT"))
    assert next(stream).status == State.SERVING
    operations.stop()
    rig.server.stop(0.1)
    with pytest.raises(Failure) as caught:
        assert {message.status for message in stream} <= {State.NOT_SERVING}
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_one_line_while_nobody_can_be_reached(rig: Commanded, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    operations = Operations(rig.registry, rig.server.report)
    for name in ("alpha", "beta"):
        feed = rig.feed(name)
        feed.listings = {pair: Listing(name, pair, Reach.UNREACHABLE, detail="no\nway") for pair in feed.listings}
    rig.registry.feeds[PUSH] = PushFeed(rig.registry.markets, 10.0)  # Its pairs are listed: it asks nobody.
    for _ in range(5):
        operations.look()
    del rig.registry.feeds[PUSH]
    (line,) = [record.getMessage() for record in caplog.records if "no exchange can be reached" in record.getMessage()]
    assert "\n" not in line
    rig.feed("beta").start()
    operations.look()
    assert "exchanges can be reached after" in caplog.text
