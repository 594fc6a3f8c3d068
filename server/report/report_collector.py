"""Looks at the books of a replay after each record, and makes the report of what it saw."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from orderbook_ext import DigestChain

from ..analytics.candles.runtime import CandleEvent
from ..clock import PlayedClock
from ..market.feed_listener import MarketListener
from ..market.market import Market
from ..model import Pair, Trade, TradeGap
from ..neighbours import recording
from ..units import SECOND
from .connection_watch import ConnectionWatch
from .gap_report import Loss, Run, VenueReport
from .report_window import ReportWindow
from .venue_watch import VenueWatch

Kind = recording.Kind


class ReportCollector(MarketListener):
    """Hears the events of a replay, and sees each of its records before and after it is played.

    Time is that of the recorded machine when a run began, and goes on by its monotonic clock: a clock that is set
    lengthens nothing.
    """

    def __init__(
        self,
        markets: Mapping[Pair, Market],
        chains: Mapping[tuple[str, str], DigestChain],
        venues: Iterable[str],
        window: ReportWindow,
        clock: PlayedClock,
    ) -> None:
        """`markets`, `clock` and `chains` (by market and venue) are the replay's."""
        self.losses: list[Loss] = []
        """Within the window."""
        self.lost_records = 0
        """LOST records that were played, those before the window included."""
        self.played: Callable[[int], object] = lambda _time: None
        """Is told the time about once per second of the recording."""
        self._markets, self._chains, self._window, self._clock = markets, chains, window, clock
        self._venues = {name: VenueWatch(name, window) for name in venues}
        self._connections: dict[int, ConnectionWatch] = {}
        self._venue_of: dict[int, VenueWatch] = {}
        """By source, REST services included."""
        self._runs: list[Run] = []
        self._now = self._shift = self._second = 0
        self._begun = False

    # -- records -------------------------------------------------------------------------------------------------

    def followed(self, records: Iterable[recording.Record]) -> Iterator[recording.Record]:
        """The same records, for the player: what each has changed is looked at when the player asks for the next."""
        for record in records:
            if not self._begun and record.time >= self._window.begin:
                self._begun = True
                self._look_at_all()
            if record.kind == Kind.RUN:
                self._end_run()
            yield record
            self._after(record)

    def _after(self, record: recording.Record) -> None:
        if record.kind == Kind.RUN:
            self._begin_run(record)
        else:
            self._now = max(self._now, self._clock.elapsed + self._shift)
        now, source = self._now, record.source
        if record.kind == Kind.RECEIVED:
            connection = self._connections.get(source)
            if connection is not None:
                size = len(record.body)
                self._venue_of[source].message(now, size)
                for book in connection.books:
                    book.frame(now, record.time, size)
        else:
            self._after_other(record)
        if now // SECOND != self._second:
            self._second = now // SECOND
            self._look_at_all()
            self.played(now)

    def _after_other(self, record: recording.Record) -> None:
        """Records that are no messages of venues."""
        now, kind = self._now, record.kind
        connection, venue = self._connections.get(record.source), self._venue_of.get(record.source)
        if kind in (Kind.SOURCE, Kind.COMMAND):
            if kind == Kind.SOURCE:
                self._source(record)
            self._look_at_all()
        elif kind == Kind.LOST:
            self._lost(record)
        elif kind == Kind.END and self._runs:
            begun = self._runs[-1]
            self._runs[-1] = Run(begun.begin_ns, now, ended_in_order=True, onebook=begun.onebook)
        elif connection is not None:
            if kind == Kind.OPENED:
                connection.opened(now)
            elif kind == Kind.CLOSED:
                connection.closed(now, record.body.decode("utf-8", "replace"))
            for book in connection.books:
                book.look(now)
        elif venue is not None:
            if kind == Kind.ANSWER:
                venue.answer(now, len(record.body))
            elif kind == Kind.FAILED:
                venue.failed(now)
            for book in venue.books.values():
                book.look(now)

    def _begin_run(self, record: recording.Record) -> None:
        self._now = max(self._now, record.time)
        self._shift = self._now - self._clock.elapsed
        onebook = str(recording.bodies.unpacked(record.body).get("onebook", ""))
        self._runs.append(Run(self._now, self._now, ended_in_order=False, onebook=onebook))
        self._look_at_all()

    def _end_run(self) -> None:
        """The server does not run from the last record on."""
        for venue in self._venues.values():
            for book in venue.books.values():
                book.suspend(self._now)
        for connection in self._connections.values():
            connection.finish(self._now)
        self._connections.clear()
        self._venue_of.clear()
        if self._runs and not self._runs[-1].ended_in_order:
            begun = self._runs[-1]
            self._runs[-1] = Run(begun.begin_ns, self._now, ended_in_order=False, onebook=begun.onebook)

    def _source(self, record: recording.Record) -> None:
        try:
            read = recording.bodies.unpacked(record.body)
            number = int(read["source"])
            if read.get("ended"):
                self._venue_of.pop(number, None)
                if (ended := self._connections.pop(number, None)) is not None:
                    ended.finish(self._now)
                return
            venue = self._venues.get(str(read["venue"]))
            if venue is None:
                return
            self._venue_of[number] = venue
            if read["connection"] != recording.bodies.REST:
                known = {str(pair) for pair in self._markets}
                pairs = [pair for member in read["members"] if (pair := str(member["pair"])) in known]
                self._connections[number] = venue.connection(number, pairs)
        except (KeyError, TypeError, ValueError, AttributeError):
            return  # The player counts it among the records that cannot be read.

    def _lost(self, record: recording.Record) -> None:
        try:
            loss = _loss(record)
        except (KeyError, TypeError, ValueError, AttributeError):
            return  # The player counts it among the records that cannot be read.
        self.lost_records += 1
        if loss.end_ns >= self._window.begin:
            self.losses.append(loss)

    def _look_at_all(self) -> None:
        """Reads all entries, and follows markets and venues that came and went."""
        markets = {str(pair): market for pair, market in self._markets.items()}
        for name, venue in self._venues.items():
            for pair, market in markets.items():
                venue.book(pair).follow(market.entries.get(name), self._chains.get((pair, name)), self._now)
            for pair, book in venue.books.items():
                if pair not in markets:
                    book.follow(None, None, self._now)
                book.look(self._now)

    # -- events --------------------------------------------------------------------------------------------------

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened."""
        if (watch := self._venues.get(venue)) is not None:
            watch.book(market.name).trades.trade(trade, receive_time)

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing."""
        if (watch := self._venues.get(venue)) is not None:
            watch.book(market.name).trades.gap(gap, receive_time)

    def trade_coverage(self, market: Market, venue: str, complete: bool, at: int) -> None:
        """All trades of the venue are received, or no longer."""
        if (watch := self._venues.get(venue)) is not None:
            watch.book(market.name).trades.coverage(complete, at)

    def emit(self, market: Market, _source: Hashable, venue: str, event: object, _receive_time: int) -> None:
        """An event of the analytics: alarms of candles count."""
        if isinstance(event, CandleEvent) and (watch := self._venues.get(venue)) is not None:
            watch.book(market.name).candle(event.candle)

    # -- the result ----------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """All records were played."""
        self._look_at_all()
        self._end_run()

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs of the recorded server, as far as they lie in the window."""
        found = []
        for run in self._runs:
            begin, end = self._window.clipped(run.begin_ns, run.end_ns)
            if end > begin:
                found.append(Run(begin, end, run.ended_in_order, run.onebook))
        return tuple(found)

    @property
    def venues(self) -> tuple[VenueReport, ...]:
        """The reports of the venues; after finish()."""
        return tuple(venue.result() for _, venue in sorted(self._venues.items()))


def _loss(record: recording.Record) -> Loss:
    """A LOST record. Raises KeyError, TypeError, ValueError or AttributeError where it cannot be read."""
    read = recording.bodies.unpacked(record.body)
    if "damage" in read:
        return Loss(record.time, record.time, None, None, str(read["damage"]))
    since, messages, size = int(read["since"]), int(read["messages"]), int(read["bytes"])
    return Loss(min(since, record.time), record.time, messages, size, "the recorder did not keep up")
