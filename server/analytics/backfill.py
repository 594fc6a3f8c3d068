"""Asks one venue for its candles and its open interest, on a thread of its own: no stream ever waits for an answer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from .. import clock
from ..connection.venue_log import VenueLog
from ..errors import ThrottledError, UnreachableError, UnrecordedError, VenueError
from ..market.feed_listener import FeedListener
from ..market.market import Market
from ..model import Instrument, Listing, Pair, Reach, VenueState
from ..protocol.candle_source import Candle as VenueCandle
from ..protocol.candle_source import CandleSource, OpenInterest
from ..protocol.venue import Venue
from ..threads import Supervised
from ..units import SECOND
from .candles.aggregator import CandleAggregator
from .candles.runtime import CandleRuntime
from .engine import AnalyticsEngine
from .intervals import Interval

log = logging.getLogger(__name__)

POLL = 1.0
# Shorter intervals are reconciled too seldom to be worth a request each.
SHORTEST_RECONCILED = 60
# After a failure the venue is left alone for so long.
PAUSE = 30.0
INTEREST = "open interest"


class Past(Protocol):
    """The past data of one venue; see feed.history_client.HistoryClient."""

    def candles(self, instrument: Instrument, interval: int, start: int, end: int) -> list[VenueCandle]: ...
    def open_interest(self, instrument: Instrument) -> OpenInterest | None: ...


class Backfill:
    """The thread of one venue."""

    def __init__(
        self,
        venue: Venue,
        listings: Mapping[Pair, Listing],
        past: Past,
        analytics: AnalyticsEngine,
        markets: Callable[[], Sequence[Market]],
        listener: FeedListener,
        stop: threading.Event | None = None,
    ) -> None:
        """`markets` are the present markets of the process; `listener` receives open interest; `stop` ends run()."""
        self._name = venue.NAME
        self._log = VenueLog(log, venue)
        self._source = venue.CANDLES
        self._polls_interest = type(venue).open_interest is not Venue.open_interest
        self._listings = listings
        self._past = past
        self._analytics = analytics
        self._markets = markets
        self._listener = listener
        self._stop = stop or threading.Event()
        self._loaded: set[tuple[Market, Interval]] = set()
        self._given_up: set[tuple[Market, str]] = set()
        self._asked_interest: dict[Market, int] = {}
        self._quiet_until = 0.0
        self._trouble = ""
        self.thread = Supervised(f"history-{venue.NAME}", self.run, self._stop)

    def start(self) -> None:
        """Starts the thread."""
        self.thread.start()

    def stop(self) -> None:
        """Asks the thread to end."""
        self._stop.set()

    def join(self, timeout: float) -> None:
        """Waits for the thread."""
        if self.thread.is_alive():
            self.thread.join(timeout)

    def run(self) -> None:
        """The loop of the thread."""
        while not self._stop.wait(max(POLL, self._quiet_until - clock.monotonic())):
            markets = self._markets()
            self._loaded = {each for each in self._loaded if each[0] in markets}
            self._given_up = {each for each in self._given_up if each[0] in markets}
            for market in markets:
                if self._stop.is_set() or clock.monotonic() < self._quiet_until:
                    break
                try:
                    self._visit(market)
                    self._trouble = ""
                except (UnreachableError, ThrottledError) as error:
                    self._pause(error)
                except Exception as error:
                    # A defect in one venue's numbers must neither end the thread nor pass unseen.
                    self._log.failed("the history of a market failed", error)
                    self._quiet_until = clock.monotonic() + PAUSE

    def _pause(self, error: UnreachableError | ThrottledError) -> None:
        reason = str(error)
        words = "no history now"
        missed = True
        if isinstance(error, UnrecordedError):
            words, missed = "candles of the past are missing, or are not compared with the venue's own", error.lost
        level = logging.WARNING if missed and reason != self._trouble else logging.DEBUG
        self._log.say(level, f"{words}: {reason}", event="no_history")
        self._trouble = reason
        wait = error.retry_after if isinstance(error, ThrottledError) else 0.0
        self._quiet_until = clock.monotonic() + max(PAUSE, wait)

    def _refused(self, market: Market, what: str, error: VenueError) -> None:
        """The venue does not answer this request: it is not repeated, and all other requests continue."""
        self._given_up.add((market, what))
        self._log.warning(f"no {what} of {market.name}: {error}", event="no_history", market=market.name)

    def _visit(self, market: Market) -> None:
        entry = market.entries.get(self._name)
        if entry is None or entry.state != VenueState.LIVE:
            return  # Books come first: what is left of the budget then is ours.
        listing = self._listings.get(market.pair)
        if listing is None or listing.reach is not Reach.LISTED or listing.instrument is None:
            return
        source = self._source
        if source is not None:
            for interval in self._known(source):
                self._candles(market, listing.instrument, interval)
        if self._polls_interest and (market, INTEREST) not in self._given_up:
            try:
                self._ask_interest(market, listing.instrument)
            except (UnreachableError, ThrottledError):
                raise
            except VenueError as error:
                self._refused(market, INTEREST, error)

    def _candles(self, market: Market, instrument: Instrument, interval: Interval) -> None:
        what = f"{interval.name} candles"
        if (market, what) in self._given_up:
            return
        try:
            if (market, interval) not in self._loaded:
                self._load(market, instrument, interval)
                self._loaded.add((market, interval))
            if interval.seconds is not None and interval.seconds >= SHORTEST_RECONCILED:
                self._reconcile(market, instrument, interval)
        except (UnreachableError, ThrottledError):
            raise
        except VenueError as error:
            self._refused(market, what, error)

    def _known(self, source: CandleSource) -> list[Interval]:
        """Intervals that both the server and the venue have, longest first: they seed the shorter intervals' candles in
        progress."""
        ours = [each for each in self._analytics.settings.intervals if each.seconds in source.words]
        return ours[::-1]

    def _load(self, market: Market, instrument: Instrument, interval: Interval) -> None:
        count, seconds = self._analytics.settings.history, interval.seconds
        if seconds is None or not count:
            return
        end = interval.floor(clock.time_ns())
        found = self._past.candles(instrument, seconds, end - count * seconds * SECOND, end)
        self._candles_of(market).load(self._name, interval, found)

    def _candles_of(self, market: Market) -> CandleAggregator:
        return self._analytics.of(market).get(CandleRuntime).candles

    def _reconcile(self, market: Market, instrument: Instrument, interval: Interval) -> None:
        candles, now = self._candles_of(market), clock.time_ns()
        due = candles.unreconciled(self._name, interval, now)
        if due is None or interval.seconds is None:
            return
        found = self._past.candles(instrument, interval.seconds, *due)
        for candle in candles.compare(self._name, interval, found, now):
            made = candle.reconciliation
            if made is not None and made.alarm:
                self._log.warning(
                    f"the {interval.name} candle of {market.name} differs from the venue's: open {made.open}, "
                    f"high {made.high}, low {made.low}, close {made.close}, volume {made.volume}",
                    kind=f"candle {market.name}",
                    event="candle_differs",
                    market=market.name,
                )

    def _ask_interest(self, market: Market, instrument: Instrument) -> None:
        """Called once per interval, as soon as the interval ends: the candles that end then get the value."""
        length = int(self._analytics.settings.interest_interval * SECOND)
        turn = clock.time_ns() // length
        if turn == self._asked_interest.get(market):
            return
        self._asked_interest[market] = turn
        update = self._past.open_interest(instrument)
        if update is not None:
            self._listener.open_interest(market, self._name, update, turn * length)
