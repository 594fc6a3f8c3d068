"""A message never mixes two moments of a book: its levels, its sequence and its state belong together."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from onebook.v1 import market_data_pb2 as pb
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import FetchSnapshot
from server.connection.session import Session
from server.market.market import Market
from server.model import Instrument, Pair, Receipt, VenueState
from server.publish.epoch import Epoch
from server.publish.topics import BookChoice, BookTopic
from server.venues import VENUES

VENUE = next(iter(VENUES))


@pytest.fixture(autouse=True)
def many_switches() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def frame(stream: str, number: int, ask: int) -> bytes:
    """An update that writes its own number as the size of the best bid, and moves the asks' best level."""
    data = {"e": "depthUpdate", "E": 1, "U": number, "u": number,
            "b": [["100", str(number)]], "a": [["101", "0"], ["99", "0"], [str(ask), "1"]]}  # fmt: skip
    return json.dumps({"stream": stream, "data": data}).encode()


@pytest.mark.slow
def test_levels_sequence_and_state_belong_together() -> None:
    """Each third book is crossed: it must not be shown, not even in the first message made of it."""
    market = Market(Pair("BTC", "USDT"), (VENUE,), lambda _: None)
    venue = VENUES[VENUE]()
    instrument = Instrument(market.pair, "BTCUSDT", Decimal(1), Decimal(1), "TRADING", True)
    plan = venue.book_plan(instrument, "diff", 100)
    sync = BookSynchronizer(VENUE, plan, venue.LIMITS, market.lock, market.changed, market.consistency_lock)
    sync.adopt(market.entries[VENUE])
    session = Session(venue, [sync], [])
    topic = BookTopic(market, Epoch.now(), 0.0, BookChoice(5, Decimal(0)))
    done, enough = threading.Event(), threading.Event()

    def write() -> None:
        number = 10
        session.opened(time.monotonic_ns())
        try:
            while not enough.is_set():
                number += 1
                now = Receipt(time.time_ns(), time.monotonic_ns())
                session.receive(frame(plan.stream, number, 99 if number % 3 == 0 else 101), now)
                if not sync.live and sync.state is not VenueState.SUSPECT:
                    body = {"lastUpdateId": number, "bids": [["100", str(number)]], "asks": [["101", "1"]]}
                    assert plan.rest_snapshot is not None
                    fetch = FetchSnapshot(sync, plan.rest_snapshot, sync.subscription)
                    session.snapshot(fetch, json.dumps(body).encode(), now)
        finally:
            done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen: set[int] = set()
    try:
        while len(seen) < 300 and not done.is_set():
            known = len(seen)
            look(topic, seen)
            if len(seen) == known:
                time.sleep(0)  # The same again: the writer's turn, until it is interrupted somewhere in a frame.
    finally:
        enough.set()
        writer.join()
    assert len(seen) == 300


def look(topic: BookTopic, seen: set[int]) -> None:
    """Makes one message and notes the sequence of a live book."""
    book = pb.GetBookResponse.FromString(topic.encode_once()).book
    entry = book.venues[0]
    if entry.state != VenueState.LIVE:
        assert not book.bids
        return
    size = Decimal(book.bids[0].size).scaleb(book.size_exponent)
    assert size == entry.venue_sequence
    assert book.spread > 0
    assert not entry.detail
    seen.add(entry.venue_sequence)
