"""A book that is shown while it is proved, and hidden while it is not."""

from __future__ import annotations

from server.book.crossed_monitor import FRAMES as CROSSED_FRAMES
from server.model import VenueState

from .model import Rig, followed, joined


def test_crossed_book_is_hidden_at_once_and_rebuilt_when_it_lasts() -> None:
    rig, exchange = joined()
    exchange.bids[10_500] = 5
    for number in range(CROSSED_FRAMES + 1):
        exchange.last_id += 1
        crossed = exchange.frame(rig.stream, exchange.last_id, [["105.00", "0.005"]], [])
        rig.frame(crossed)
        assert rig.sync.state is (VenueState.SUSPECT if number < CROSSED_FRAMES else VenueState.CROSSED)
    assert rig.fetches() == 1
    del exchange.bids[10_500]
    rig.snapshot(exchange.rest())
    assert rig.sync.live


def test_crossed_for_a_moment_comes_back_by_itself() -> None:
    rig, exchange = joined()
    for size in ("0.005", "0"):
        exchange.last_id += 1
        rig.frame(exchange.frame(rig.stream, exchange.last_id, [["105.00", size]], []))
        assert rig.sync.state is (VenueState.SUSPECT if size != "0" else VenueState.LIVE)
    assert rig.sync.entry.resyncs == 0


def test_crossed_and_then_silent_is_rebuilt() -> None:
    rig, exchange = joined()
    exchange.last_id += 1
    rig.frame(exchange.frame(rig.stream, exchange.last_id, [["105.00", "0.005"]], []))
    rig.tick(1.2)
    assert rig.sync.state is VenueState.CROSSED
    assert rig.fetches() == 1


def test_closed_connection_withdraws_and_counts() -> None:
    rig, exchange = joined()
    rig.session.closed(VenueState.DOWN, "the cable was cut")
    assert rig.sync.state is VenueState.DOWN
    assert rig.sync.entry.detail == "the cable was cut"
    assert rig.sync.book.counts() == (0, 0)
    assert rig.sync.entry.resyncs == 1
    rig.session.closed(VenueState.DOWN, "still")
    assert rig.sync.entry.resyncs == 1
    rig.open()
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.live


def test_successor_takes_over_without_a_blink() -> None:
    rig, exchange = joined()
    other = Rig(lock=rig.sync.book.lock)
    other.open()
    frame = exchange.step(rig.stream)
    rig.frame(frame)
    other.frame(frame)
    other.snapshot(exchange.rest())
    public = rig.sync.entry
    told = len(other.changes)
    rig.sync.release()
    other.sync.adopt(public)
    assert other.changes[told:] == [VenueState.LIVE]
    assert public.book is other.sync.book
    rig.session.closed(VenueState.DOWN, "retired")
    assert public.state == VenueState.LIVE, "the old connection has no say any more"


def test_a_book_that_gave_its_entry_up_goes_on() -> None:
    rig, exchange = followed("binance")
    public = rig.sync.entry
    rig.sync.release()
    rig.tick(1)
    rig.frame(exchange.step(rig.stream))
    assert rig.sync.live
    assert rig.sync.entry is not public
