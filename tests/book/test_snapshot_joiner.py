"""Snapshots against the frames that wait for them."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from orderbook_ext import BookLock, ConsistencyLock
from server.book.depth_reader import DepthReader, Frame
from server.book.monitors import Monitors
from server.book.proved_book import ProvedBook
from server.book.recovery import Recovery
from server.book.snapshot_joiner import SETTLE, SnapshotJoiner, SnapshotTooOld
from server.errors import FrameError
from server.model import Instrument, Pair, Receipt, VenueState
from server.units import SECOND
from server.venues import VENUES
from tests.book.model import SYMBOLS, Exchange

NOW = Receipt(50 * SECOND, 50 * SECOND)


class Joiner(SnapshotJoiner):
    """A joiner with a book of its own, and the exchange that it follows."""

    def __init__(self, venue: str = "binance", mode: str = "diff") -> None:
        rules, self.exchange = VENUES[venue](), Exchange(venue, random.Random(1))
        btc = Instrument(Pair("BTC", "USDT"), SYMBOLS[venue], Decimal("0.01"), Decimal("0.001"), "TRADING", True)
        self.plan = plan = rules.book_plan(btc, mode, 1000)
        self.frames, self.bodies = DepthReader(rules.DEPTH), DepthReader(rules.REST_DEPTH or rules.DEPTH)
        self.book = ProvedBook(
            venue, plan, Monitors(plan), BookLock(), ConsistencyLock(), lambda: None, lambda: None
        )  # fmt: skip
        self.recovery = Recovery()
        super().__init__(self.book, self.recovery)

    def step(self) -> None:
        """The next frame arrives and waits."""
        data = self.exchange.step(self.plan.stream)
        frame = self.frames.read(data)
        assert frame is not None
        self.hold(frame, data, NOW)

    def answer(self, body: bytes) -> Frame:
        return self.read(self.bodies, body)


def test_a_snapshot_and_the_frames_behind_it_are_a_book() -> None:
    joiner = Joiner()
    joiner.step()
    body = joiner.exchange.rest()
    joiner.step()
    made = joiner.join(joiner.answer(body), joiner.frames, NOW, beside=False)
    assert made.rule.position == joiner.exchange.last_id
    bids, asks = made.book.top(50)
    assert (list(bids), list(asks)) == joiner.exchange.top(50)
    assert joiner.held.first is None, "the frames are used up"


def test_a_snapshot_from_before_the_first_frame_is_too_old() -> None:
    joiner = Joiner()
    body = joiner.exchange.rest()
    joiner.exchange.step(joiner.plan.stream)
    joiner.step()
    with pytest.raises(SnapshotTooOld, match="than the stream"):
        joiner.join(joiner.answer(body), joiner.frames, NOW, beside=False)
    assert joiner.held.first is not None, "the frames wait for the next snapshot"


def test_a_snapshot_that_the_stream_never_reached_is_refused_until_the_next_subscription() -> None:
    joiner = Joiner()
    body = joiner.exchange.rest()
    joiner.refuse(joiner.exchange.last_id)
    with pytest.raises(SnapshotTooOld):
        joiner.join(joiner.answer(body), joiner.frames, NOW, beside=False)
    joiner.subscribe_anew()
    assert joiner.join(joiner.answer(body), joiner.frames, NOW, beside=False).book.counts() != (0, 0)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>", b'{"lastUpdateId":"x","bids":[],"asks":[]}'])
def test_what_is_no_snapshot_is_one_error(body: bytes) -> None:
    joiner = Joiner()
    with pytest.raises(FrameError):
        joiner.answer(body)


def test_the_first_frame_asks_for_a_snapshot_or_two_seconds_without_one() -> None:
    joiner = Joiner()
    joiner.opened(NOW.monotonic)
    assert not joiner.settled
    assert not joiner.timer.take(NOW.monotonic + SETTLE - 1)
    joiner.step()
    assert joiner.timer.take(NOW.monotonic)
    joiner.forget()
    joiner.subscribe_anew()
    joiner.opened(NOW.monotonic)
    assert joiner.timer.take(NOW.monotonic + SETTLE)


def test_a_stream_that_was_seen_to_say_nothing_asks_for_a_snapshot_only_when_it_speaks() -> None:
    joiner = Joiner()
    joiner.mute()
    joiner.opened(NOW.monotonic)
    assert not joiner.timer.take(NOW.monotonic + 3600 * SECOND)
    joiner.step()
    assert joiner.timer.take(NOW.monotonic)


def test_after_a_lost_frame_the_next_one_decides_or_two_seconds() -> None:
    joiner = Joiner()
    joiner.timer.ask(NOW.monotonic)
    joiner.frame_lost(NOW.monotonic)
    assert not joiner.timer.take(NOW.monotonic + SETTLE - 1)
    joiner.step()
    assert joiner.timer.take(NOW.monotonic)


def test_caches_are_waited_for_where_the_venue_has_them() -> None:
    for venue, waits in (("binance", False), ("bitstamp", True)):
        joiner = Joiner(venue)
        joiner.timer.ask(NOW.monotonic)
        joiner.wait_out_caches(NOW.monotonic)
        assert joiner.subscription == int(waits), "an answer under way would not count"
        assert joiner.timer.take(NOW.monotonic) is not waits


def test_a_retry_waits_at_least_as_long_as_the_venue_says_and_shows_why() -> None:
    joiner = Joiner()
    joiner.retry("HTTP 429", NOW.monotonic, 7.0)
    assert joiner.book.entry.detail == "HTTP 429"
    assert not joiner.timer.take(NOW.monotonic + 7 * SECOND - 1)
    assert joiner.timer.take(NOW.monotonic + 7 * SECOND)


def test_a_retry_beside_a_live_book_does_not_change_what_readers_see() -> None:
    joiner = Joiner()
    joiner.book.set_state(VenueState.LIVE, "")
    joiner.retry("HTTP 429", NOW.monotonic)
    assert joiner.book.entry.detail == ""


def test_a_book_that_its_own_stream_brings_asks_for_no_snapshot() -> None:
    joiner = Joiner(mode="partial")
    assert not joiner.from_rest
    joiner.opened(NOW.monotonic)
    joiner.hold_anew(NOW.monotonic)
    assert joiner.settled
