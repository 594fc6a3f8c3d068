"""The candles of one market's venues, and of all of them together: which are whole, and who was away meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from functools import partial

from ...model import Trade
from ...protocol.candle_source import Candle as VenueCandle
from ...units import SECOND
from ..intervals import Interval
from ..settings import AnalyticsSettings
from .candle import Candle, CandleState, Fill, Said, Thresholds
from .candle_set import CandleSet
from .coverage_log import Coverage, Missing, missing_of_all
from .resume import ALL, CandlePast, resumed

# A venue may be so slow to confirm a subscription, and its clock so far from ours.
CONFIRMED = 2_000_000_000
SETTLED = 10 * SECOND
"""Nanoseconds after a restart in which the venue's next trade shows, for candles that wait for that, whether trades are
missing since the history's last one."""


class Absence(Enum):
    """Why trades of a venue are not received."""

    NEW = "no subscription is known to be in force yet"
    LOST = "its connection is away, or was: only the next trade shows whether some are missing"
    RESTARTED = "the server was restarted: only the next trade shows whether some are missing"


class CandleAggregator:
    """Makes candles from trades. Thread-safe: trades come on the dispatcher thread, history on the venues' backfill
    threads."""

    def __init__(
        self,
        venues: Iterable[str],
        settings: AnalyticsSettings,
        now: int,
        heard: Callable[[str, str], bool] = lambda _venue, _interval: True,
    ) -> None:
        """`heard`: whether anybody wants closed candles of a venue (empty: all together) and an interval."""
        self._settings = settings
        self._heard = heard
        self._lock = threading.Lock()
        self._thresholds = Thresholds(settings.price_tolerance, settings.volume_tolerance)
        self.sets: dict[str, CandleSet] = {}
        """The candles by venue, and of all venues together. Guarded by the lock."""
        self._last: dict[str, int] = {}
        """By venue: exchange time of its newest trade."""
        self._away: dict[str, Absence] = {}
        self._restarted = now
        """When the candles of a history were resumed, nanoseconds UTC."""
        self._confirmed: dict[str, int] = {}
        """By venue that has not traded since: from when on its trades are received for certain."""
        self._coverage = Coverage()
        self._compared: list[tuple[str, Candle]] = []
        """Changed by the venues' own candles and by ingesters' since the last advance(), and whose they are."""
        self._loaded: list[tuple[str, Candle]] = []
        """Parts of candles in progress that venues have told, since the last take_loaded()."""
        self._begin(ALL, self._new(now))
        self.follow([*venues], now)

    def _new(self, now: int) -> CandleSet:
        settings = self._settings
        return CandleSet(settings.intervals, started=now, keep=settings.kept, reach=settings.reach)

    def _begin(self, venue: str, made: CandleSet) -> None:
        made.heard = partial(self._heard, venue)
        self.sets[venue] = made

    # -- what happens --------------------------------------------------------------------------------------------

    def trade(self, venue: str, trade: Trade) -> None:
        """A trade of a venue."""
        with self._lock:
            if venue not in self.sets:
                return
            if self._away.get(venue) is Absence.RESTARTED:
                self._continue_whole(venue)
            elif venue in self._away:
                self._back(venue, trade.exchange_time)
            self._last[venue] = max(self._last.get(venue, 0), trade.exchange_time)
            self.sets[venue].trade(trade, venue)
            self.sets[ALL].trade(trade, venue)

    def gap(self, venue: str, receive_time: int) -> None:
        """Trades of a venue are missing between its newest one and now."""
        with self._lock:
            if venue in self.sets:
                if self._away.get(venue) is Absence.RESTARTED:
                    self._give_up(venue, Absence.LOST)
                after = self._last.get(venue, receive_time)
                self._coverage.gap(venue, after, receive_time, "trades were lost")
                for each in (self.sets[venue], self.sets[ALL]):
                    each.gap(after, receive_time)

    def listening(self, venue: str, now: int) -> None:
        """All trades of the venue are received from now on. A venue that was received before must trade first."""
        with self._lock:
            if self._away.get(venue) is Absence.NEW:
                self._back(venue, now + CONFIRMED)
            elif self._away.get(venue) is Absence.RESTARTED:
                self._confirmed.setdefault(venue, now + CONFIRMED)

    def away(self, venue: str, now: int) -> None:
        """The venue's trades are not received: intervals from now on are not known to be complete until it trades
        again."""
        with self._lock:
            if venue in self.sets and venue not in self._away:
                self._leave(venue, Absence.LOST, now)

    def _leave(self, venue: str, why: Absence, now: int) -> None:
        self._away[venue] = why
        self._coverage.away(venue, now - max(0, self.sets[venue].ahead(venue) or 0), why.value)
        for each in (self.sets[venue], self.sets[ALL]):
            each.lost(now, venue)

    def _back(self, venue: str, at: int) -> None:
        del self._away[venue]
        self._coverage.back(venue, at)
        for each in (self.sets[venue], self.sets[ALL]):
            each.back(at, venue)

    # -- after a restart

    def resume(self, pasts: Mapping[str, CandlePast], now: int) -> None:
        """Continues candles of a history: of venues (empty: all together) whose next trade is preceded by a gap() if
        trades are missing since the last one of the past. Before the first trade."""
        with self._lock:
            self._restarted = now
            pasts = {venue: past for venue, past in pasts.items() if venue in self.sets}
            for venue, past in pasts.items():
                self._begin(venue, resumed(self._settings, past))
                for candle in (each for candles in past.closed.values() for each in candles):
                    if venue and candle.state is not CandleState.COMPLETE:
                        words = "trades were missing before the server was restarted"
                        self._coverage.gap(venue, candle.open_time, candle.close_time - 1, words)
            for venue in self.sets.keys() - {ALL}:
                if venue in pasts:
                    self._last[venue] = pasts[venue].last
                    self._away[venue] = Absence.RESTARTED
                    self._coverage.cancel(venue)
                    self._coverage.away(venue, pasts[venue].last, Absence.RESTARTED.value)
                    for each in (self.sets[venue], self.sets[ALL]):
                        each.hold(venue, pasts[venue].last)
                else:
                    self.sets[ALL].lost(now, venue)

    def _continue_whole(self, venue: str) -> None:
        """A trade, and no gap before: the history and what came since are all of the venue's trades."""
        del self._away[venue]
        self._confirmed.pop(venue, None)
        self._coverage.cancel(venue)
        for each in (self.sets[venue], self.sets[ALL]):
            each.continue_whole(venue)

    def _give_up(self, venue: str, why: Absence) -> None:
        """Trades are missing since the history's last one, or may be."""
        self._away[venue] = why
        for each in (self.sets[venue], self.sets[ALL]):
            each.release(venue)
        confirmed = self._confirmed.pop(venue, None)
        if confirmed is not None and why is Absence.NEW:
            self._back(venue, confirmed)

    def follow(self, venues: Sequence[str], now: int) -> None:
        """Venues were added or removed."""
        with self._lock:
            for gone in self.sets.keys() - {*venues, ALL}:
                del self.sets[gone]
                self._coverage.forget(gone)
                self._confirmed.pop(gone, None)
                self.sets[ALL].release(gone)
                if self._away.pop(gone, None) is not None:
                    self.sets[ALL].back(now, gone)
            for venue in venues:
                if venue not in self.sets:
                    self._begin(venue, self._new(now))
                    self._leave(venue, Absence.NEW, now)

    def interest(self, venue: str, value: Decimal, at: int) -> None:
        """A venue's open interest in base units, at this time (nanoseconds UTC): for the candles that end then."""
        with self._lock:
            if venue in self.sets:
                self.sets[venue].interest(value, at)

    def advance(self, now: int) -> list[tuple[str, Candle]]:
        """Time passes: candles that were closed or corrected since the last call, and whose they are."""
        with self._lock:
            if self._away and now - self._restarted > SETTLED:
                for venue in [each for each, why in self._away.items() if why is Absence.RESTARTED]:
                    self._give_up(venue, Absence.NEW)
            candles, self._compared = self._compared, []
            for venue, each in self.sets.items():
                candles += [(venue, candle) for candle in each.advance(now)]
            return candles

    # -- clocks

    def seen(self, venue: str, ahead: int, now: int) -> None:
        """A message of a venue that is no trade: its receipt less its own time, and our time, nanoseconds."""
        with self._lock:
            if venue in self.sets:
                self.sets[venue].seen(venue, ahead, now)
                self.sets[ALL].seen(venue, ahead, now)

    def stepped(self, by: int) -> None:
        """The server's clock was put forward by this number of nanoseconds (negative: back)."""
        with self._lock:
            for each in self.sets.values():
                each.stepped(by)

    def ahead(self, venue: str) -> int | None:
        """Our clock less the venue's, nanoseconds, from the newest messages; None where nothing is known."""
        with self._lock:
            known = self.sets.get(venue)
            return None if known is None else known.ahead(venue)

    # -- what the venues say -------------------------------------------------------------------------------------

    def load(self, venue: str, interval: Interval, candles: Sequence[VenueCandle]) -> None:
        """The venue's candles from before we listened."""
        with self._lock:
            if venue in self.sets and self.sets[venue].load(interval, candles):
                self._loaded += [(venue, part) for part in self.sets[venue].parts_before(interval)]

    def take_loaded(self) -> list[tuple[str, Candle]]:
        """The venues' own candles of before the start that candles in progress are made of, each once, newest first."""
        with self._lock:
            loaded, self._loaded = self._loaded, []
            return loaded

    def unreconciled(self, venue: str, interval: Interval, now: int) -> tuple[int, int] | None:
        """The range of open times whose final candles are worth asking the venue for."""
        with self._lock:
            return self.sets[venue].unreconciled(interval, now) if venue in self.sets else None

    def compare(self, venue: str, interval: Interval, candles: Sequence[VenueCandle], now: int) -> list[Candle]:
        """Takes the venue's final candles. The next advance() returns the server's candles that they changed."""
        with self._lock:
            if venue not in self.sets:
                return []
            changed = self.sets[venue].compare(interval, candles, now, self._thresholds)
            self._compared += [(venue, candle) for candle in changed]
            return changed

    # -- what ingesters publish ----------------------------------------------------------------------------------

    def publish(self, venue: str, candle: Candle) -> None:
        """An ingester has published a closed candle of a venue, or of all venues together. The next advance() returns
        the candles that were closed or corrected by it."""
        with self._lock:
            if venue in self.sets:
                self._compared += [(venue, made) for made in self.sets[venue].publish(candle)]

    def load_published(self, venue: str, candles: Sequence[Candle]) -> None:
        """Candles that ingesters published long ago, all of some time."""
        with self._lock:
            if venue in self.sets:
                self.sets[venue].load_published(candles)

    # -- reading -------------------------------------------------------------------------------------------------

    def candles(
        self, venue: str, interval: Interval, start: int, end: int, limit: int, fill: Fill, include_open: bool
    ) -> list[Candle]:
        """Candles that open in [start, end), oldest first, at most `limit`; none of an unknown venue."""
        with self._lock:
            known = self.sets.get(venue)
            return [] if known is None else known.candles(interval, start, end, limit, fill, include_open)

    def last_traded(self, venue: str, interval: Interval) -> tuple[int, Decimal] | None:
        """Open time and close of the newest closed candle with trades; None if there is none."""
        with self._lock:
            known = self.sets.get(venue)
            return None if known is None else known.last_traded(interval)

    def coverage(self, venue: str, candle: Candle) -> tuple[tuple[str, ...], tuple[Missing, ...]]:
        """The venues whose every trade is in a candle, and the other venues. `venue` is the venue of the candle."""
        if candle.said is not None:
            return candle.said.counted, candle.said.missing
        with self._lock:
            venues = [venue] if venue else [each for each in self.sets if each != ALL]
            if candle.state is CandleState.COMPLETE:  # Of a venue perhaps by the venue's own candle.
                return tuple(venues), ()
            said: list[Said] = []
            begin = candle.open_time
            if candle.state is CandleState.OPEN and venue in self.sets:
                said, begin = self.sets[venue].said_of_parts(candle.interval, begin)
            missing = self._coverage.missing(venues, begin, candle.close_time)
            if said:
                missing = missing_of_all(venues, [*(each.missing for each in said), missing])
            lacking = {each.venue for each in missing}
            return tuple(each for each in venues if each not in lacking), missing

    def latest(self, venue: str, interval: Interval) -> Candle | None:
        """The candle that is still open."""
        with self._lock:
            known = self.sets.get(venue)
            return None if known is None else known.latest(interval)
