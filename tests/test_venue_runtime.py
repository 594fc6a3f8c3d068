"""A venue's feed and the thread that asks for its past begin and end together."""

from __future__ import annotations

import socket
import threading
import time

from server.analytics.engine import AnalyticsEngine
from server.analytics.settings import AnalyticsSettings
from server.feed.feed_options import FeedOptions
from server.market.market import Market
from server.model import Pair, Reach
from server.network.hosts import Hosts
from server.protocol.venue import Endpoint
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.venue_runtime import VenueRuntime
from server.venues import DEFAULT_VENUES, VENUES
from tests.waiting import eventually

VENUE = DEFAULT_VENUES[0]
BTC = Pair("BTC", "USDT")


def runtime() -> VenueRuntime:
    """Of a venue that cannot be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    dispatcher = Dispatcher(Epoch.now())
    market = Market(BTC, (VENUE,), dispatcher.book_changed)
    dispatcher.add_market(market)
    engine = AnalyticsEngine(AnalyticsSettings(), dispatcher.publisher.emit, dispatcher.book_changed)
    options = FeedOptions(Endpoint(f"ws://127.0.0.1:{port}", f"http://127.0.0.1:{port}"))
    return VenueRuntime(VENUES[VENUE](), options, {BTC: market}, Hosts(), dispatcher, engine, lambda: [market])


def test_all_threads_begin_and_end_together() -> None:
    before = set(threading.enumerate())
    made = runtime()
    assert set(threading.enumerate()) == before, "nothing runs before it is started"
    made.start()
    begun = set(threading.enumerate()) - before
    assert len(begun) >= 2, begun
    eventually(lambda: made.listings[BTC].reach is Reach.UNREACHABLE)
    made.go()
    made.stop()
    began = time.monotonic()
    made.join(30.0)
    assert time.monotonic() - began < 60.0
    eventually(lambda: not [thread for thread in begun if thread.is_alive()])


def test_one_that_was_never_started_can_be_stopped() -> None:
    made = runtime()
    made.stop()
    made.join(1.0)
