"""BookWatch: what one entry says over time, without what its server's start and stop do to it."""

from __future__ import annotations

from decimal import Decimal

from orderbook_ext import Audit, BookLock, BookStatus, OrderBook
from server.analytics.candles.candle import Candle, CandleSource, CandleState, Reconciliation
from server.analytics.intervals import Interval
from server.connection.connection_thread import STOPPED
from server.model import VenueState
from server.report.book_watch import BookWatch
from server.report.report_window import ReportWindow


class Rig:
    """A watch and the entry that it looks at."""

    def __init__(self, begin: int = 0, end: int = 1000) -> None:
        self.watch = BookWatch("A/B", ReportWindow(begin, end))
        self.entry = self.made()
        self.watch.follow(self.entry, None, 0)

    def made(self) -> BookStatus:
        lock = BookLock()
        entry = BookStatus("x", lock)
        entry.book = OrderBook(2, 2, lock=lock)
        entry.state = VenueState.CONNECTING
        return entry

    def state(self, now: int, state: VenueState, detail: str = "") -> None:
        self.entry.detail = detail
        self.entry.state = state
        self.watch.look(now)

    def frame(self, number: int, received: int, exchange_time: int, now: int) -> None:
        """A frame that the book takes."""
        assert self.entry.book is not None
        self.entry.book.apply([("9", str(number))], [])
        self.entry.stamp(exchange_time, received, received, number)
        self.watch.frame(now, received, 100)


def test_frames_count_that_change_the_live_book_within_the_window() -> None:
    rig = Rig(begin=100)
    rig.frame(1, 10, 5, 10)
    rig.state(20, VenueState.LIVE)
    rig.frame(2, 30, 5, 30)
    rig.frame(3, 110, 90, 110)
    rig.watch.frame(110, 110, 100)  # Another message that was received at the same time.
    rig.watch.frame(120, 120, 100)
    rig.frame(4, 130, 0, 130)
    found = rig.watch.result()
    assert (found.frames, found.bytes) == (2, 200)
    assert (found.latency.count, found.latency.maximum_ns) == (1, 20), "a frame without a time of the venue has none"


def test_counters_are_those_of_the_window() -> None:
    rig = Rig(begin=100)
    rig.entry.gaps, rig.entry.resyncs, rig.entry.checksums_verified = 5, 3, 7
    rig.watch.look(90)
    rig.entry.gaps, rig.entry.resyncs, rig.entry.checksums_verified, rig.entry.checksum_failures = 6, 5, 10, 1
    rig.watch.look(120)
    found = rig.watch.result()
    assert (found.gaps, found.resyncs, found.checksums_verified, found.checksum_failures) == (1, 2, 3, 1)


def test_counters_go_on_with_another_entry() -> None:
    rig = Rig()
    rig.entry.gaps = 2
    rig.watch.look(10)
    rig.watch.follow(None, None, 20)
    rig.entry = rig.made()
    rig.entry.gaps = 1
    rig.watch.follow(rig.entry, None, 30)
    rig.entry.gaps = 3
    rig.watch.look(40)
    rig.watch.suspend(50)
    found = rig.watch.result()
    assert found.gaps == 5
    assert found.observed_ns == 20 + 20, "a market that was removed is not observed"


def test_a_server_that_stops_is_no_outage_and_no_resync() -> None:
    rig = Rig()
    rig.state(10, VenueState.LIVE)
    rig.entry.resyncs = 1
    rig.state(100, VenueState.DOWN, STOPPED)
    rig.watch.suspend(110)
    rig.watch.look(500)
    rig.state(510, VenueState.LIVE)
    rig.watch.suspend(600)
    found = rig.watch.result()
    assert (found.resyncs, found.withdrawal_count) == (0, 0)
    assert dict(found.states_ns) == {"connecting": 10 + 10, "live": 90 + 90}


def test_a_server_that_was_killed_gives_up_its_books_in_the_next_run() -> None:
    rig = Rig()
    rig.state(10, VenueState.LIVE)
    rig.watch.suspend(110)
    rig.entry.resyncs = 1
    rig.state(500, VenueState.DOWN, STOPPED)
    rig.state(520, VenueState.LIVE)
    rig.watch.suspend(600)
    found = rig.watch.result()
    assert (found.resyncs, found.withdrawal_count, found.observed_ns) == (0, 0, 110 + 100)


def test_coverage_is_rounded_down() -> None:
    rig = Rig()
    rig.state(1, VenueState.LIVE)
    rig.watch.suspend(3)
    found = rig.watch.result()
    assert (found.live_ns, found.observed_ns, found.coverage_ppm) == (2, 3, 666_666)


def test_audits_are_summed_and_the_worst_match_is_kept() -> None:
    rig = Rig()
    for number, audit in enumerate(
        [Audit(1, 1_000_000, 1_000_000, 0, 0), Audit(2, 990_000, 1_000_000, 3, 1), Audit(3, 1_000_000, 980_000, 0, 2)]
    ):
        rig.entry.audit = audit
        rig.watch.look(number)
        rig.watch.look(number)
    found = rig.watch.result().audits
    assert (found.count, found.equal, found.extra_levels, found.missing_levels) == (3, 1, 3, 3)
    assert (found.worst_bid_match_ppm, found.worst_ask_match_ppm) == (990_000, 980_000)


def candle(revision: int, *, alarm: bool, open_time: int = 100) -> Candle:
    one = Decimal(1)
    made = Reconciliation(1, one, one, one, one, one, one, alarm)
    return Candle(
        Interval.parse("1m"), open_time, open_time + 60, one, one, one, one, one, one, 1, CandleState.COMPLETE,
        CandleSource.TRADES, revision, made,
    )  # fmt: skip


def test_the_newest_revision_of_a_candle_counts() -> None:
    rig = Rig(begin=100)
    rig.watch.candle(candle(1, alarm=True))
    rig.watch.candle(candle(1, alarm=True, open_time=300))
    rig.watch.candle(candle(2, alarm=False, open_time=300))
    rig.watch.candle(candle(1, alarm=True, open_time=1))
    found = rig.watch.result()
    assert found.candle_alarm_count == 1
    assert [(each.open_ns, each.interval) for each in found.candle_alarms] == [(100, "1m")]


def test_the_clock_offset_is_that_of_the_entry() -> None:
    rig = Rig()
    assert rig.watch.clock_offset is None
    rig.entry.clock_offset, rig.entry.clock_uncertainty = -5, 10
    assert rig.watch.clock_offset == -5
