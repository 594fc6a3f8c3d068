"""One book during a replay: its states, counters, audits and latencies."""

from __future__ import annotations

from orderbook_ext import BookStatus, DigestChain

from ..analytics.candles.candle import Candle
from ..connection.connection_thread import STOPPED
from ..model import VenueState
from .distribution import Distribution
from .gap_report import Audits, BookReport, CandleAlarm
from .report_window import ReportWindow
from .state_timeline import LIVE, NOT_RECORDED, StateTimeline, name_of
from .trade_watch import TradeWatch

ALARMS_KEPT = 100
MILLION = 1_000_000


class BookWatch:
    """Looks at one entry after each record that can have changed it. Times are nanoseconds UTC and never fall."""

    def __init__(self, pair: str, window: ReportWindow) -> None:
        self.pair = pair
        self.subscribed = False
        """Whether a connection of the recording carried the book or the trades of this pair."""
        self.timeline = StateTimeline(window)
        self.trades = TradeWatch(window)
        self.latency = Distribution()
        """From the venue's time of a frame to its receipt."""
        self.frames = self.bytes = 0
        self._window = window
        self._entry: BookStatus | None = None
        self._chain: DigestChain | None = None
        """Counts the frames of the entry."""
        self._counted = 0
        self._state, self._suspended = 0, False
        self._before = self._counters = (0, 0, 0, 0)
        """Sums of entries that are gone, less what was counted before the window; those of the entry now."""
        self._audits = self._equal = self._extra = self._missing = self._seen_audits = 0
        self._worst: tuple[int, int] | None = None
        self._alarms: dict[tuple[str, int], CandleAlarm] = {}

    # -- what happens ----------------------------------------------------------------------------------------------

    def follow(self, entry: BookStatus | None, chain: DigestChain | None, now: int) -> None:
        """The market has this entry for the book now; None: it keeps the book no longer. `chain` is that of the entry,
        if there is one."""
        if entry is self._entry:
            return
        if entry is not None and (chain is None or chain.entry is not entry):
            chain = DigestChain(entry)
        self._chain, self._counted = chain, 0 if chain is None else chain.read()[1]
        self._before = self._sums()
        self._counters, self._seen_audits = (0, 0, 0, 0), 0
        self._entry = entry
        self._state = 0
        if entry is None:
            self.timeline.change(now, NOT_RECORDED)
        else:
            self.look(now)

    def frame(self, now: int, received: int, size: int) -> None:
        """A message was played that was received at this time and may be of this book; `size` in bytes."""
        entry = self._entry
        if entry is None:
            return
        if entry.receive_time == received:
            self._count_frames(entry, now, size)
        if entry.state != self._state:
            self.look(now)

    def _count_frames(self, entry: BookStatus, now: int, size: int) -> None:
        """Several messages may have been received at one time: the chain tells which of them changed the book."""
        assert self._chain is not None
        before, self._counted = self._counted, self._chain.read()[1]
        if self._counted == before or now < self._window.begin:
            return
        self.frames += self._counted - before
        self.bytes += size
        if (stamp := entry.exchange_time) > 0:
            self.latency.add(entry.receive_time - stamp)

    def look(self, now: int) -> None:
        """Reads all that the entry says."""
        entry = self._entry
        if entry is None:
            return
        if entry.state != self._state:
            self._change(entry, now)
        self._counters = entry.gaps, entry.resyncs, entry.checksums_verified, entry.checksum_failures
        audit = entry.audit
        new, self._seen_audits = audit.audits - self._seen_audits, audit.audits
        if now < self._window.begin:
            a, b, c, d = (-each for each in self._counters)
            self._before = a, b, c, d
        elif new > 0:
            self._audited(new, audit.bid_match, audit.ask_match, audit.ghost_levels, audit.missing_levels)

    def _change(self, entry: BookStatus, now: int) -> None:
        """The entry has another state. A server that is stopped gives up its books: that is no outage, and no resync.
        At the beginning of a run such a state is what the run before has left."""
        self._state, state = entry.state, name_of(entry.state)
        given_up = entry.state == VenueState.DOWN and entry.detail == STOPPED
        if given_up:
            state = name_of(VenueState.CONNECTING) if self._suspended else NOT_RECORDED
            gaps, resyncs, verified, failures = self._before
            self._before = gaps, resyncs - (entry.resyncs - self._counters[1]), verified, failures
        self._suspended = self._suspended and given_up
        self.timeline.change(now, state, entry.detail)

    def suspend(self, now: int) -> None:
        """The recorded server does not run from now on."""
        self.timeline.change(now, NOT_RECORDED)
        self.trades.suspend(now)
        self._state, self._suspended = 0, True

    def candle(self, candle: Candle) -> None:
        """A candle was closed or corrected: its newest revision counts."""
        if candle.close_time < self._window.begin:
            return
        key = candle.interval.name, candle.open_time
        if candle.reconciliation is not None and candle.reconciliation.alarm:
            self._alarms[key] = CandleAlarm(candle.interval.name, candle.open_time, candle.revision)
        else:
            self._alarms.pop(key, None)

    # -- what was found --------------------------------------------------------------------------------------------

    @property
    def clock_offset(self) -> int | None:
        """The server's clock less the venue's, nanoseconds; None: not known."""
        entry = self._entry
        return None if entry is None or not entry.clock_uncertainty else entry.clock_offset

    def result(self) -> BookReport:
        """The report of this book; after suspend()."""
        line = self.timeline
        observed, live = sum(line.lasted.values()), line.lasted[LIVE]
        gaps, resyncs, verified, failures = self._sums()
        bids, asks = (None, None) if self._worst is None else self._worst
        alarms = sorted(self._alarms.values(), key=lambda each: (each.open_ns, each.interval))
        return BookReport(
            self.pair, observed, live, live * MILLION // observed if observed else 0, dict(sorted(line.lasted.items())),
            self.frames, self.bytes, gaps, resyncs, verified, failures, line.count, line.withdrawn, line.longest,
            line.withdrawals, Audits(self._audits, self._equal, bids, asks, self._extra, self._missing),
            self.trades.result(), len(alarms), tuple(alarms[:ALARMS_KEPT]), self.latency.latency(), line.parts,
        )  # fmt: skip

    def _sums(self) -> tuple[int, int, int, int]:
        a, b, c, d = (before + now for before, now in zip(self._before, self._counters, strict=True))
        return a, b, c, d

    def _audited(self, count: int, bids: int, asks: int, extra: int, missing: int) -> None:
        self._audits += count
        self._equal += min(bids, asks) == MILLION
        worst = self._worst or (MILLION, MILLION)
        self._worst = min(worst[0], bids), min(worst[1], asks)
        self._extra += extra
        self._missing += missing
