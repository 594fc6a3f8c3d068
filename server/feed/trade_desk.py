"""Trades of one venue on their way out: whose they are, in base units, each once, with holes filled or told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from ..errors import VenueError
from ..market.market import Market
from ..model import Instrument, Pair, Trade, TradeGap
from ..protocol.events import TradeEvent
from ..protocol.venue import Venue
from .rest import RestClient
from .snapshots import Rank, SnapshotScheduler
from .trade_keeper import Output, TradeKeeper

log = logging.getLogger(__name__)


class TradeDesk:
    """Knows the streams of all connections of a venue; called on their threads."""

    def __init__(
        self,
        venue: Venue,
        rest: RestClient,
        workers: SnapshotScheduler,
        stop: threading.Event,
        on_trade: Callable[[Market, str, Trade, int], None],
        on_gap: Callable[[Market, str, TradeGap, int], None],
        on_hearing: Callable[[Market, str, bool, int], None],
    ) -> None:
        """`on_hearing`: from this time (nanoseconds UTC) on all trades of a market are heard, or no longer."""
        self._venue = venue
        self._rest = rest
        self._workers = workers
        self._stop = stop
        self._on_trade = on_trade
        self._on_gap = on_gap
        self._on_hearing = on_hearing
        # One stream may serve two pairs, where the venue has one book under two names.
        self._streams: dict[str, dict[Pair, tuple[Market, Instrument]]] = {}
        fills = type(venue).past_trades is not Venue.past_trades
        self._keeper = TradeKeeper(venue.TRADE_IDS, fills)

    def know(self, stream: str, market: Market, instrument: Instrument) -> None:
        """This stream is the instrument's."""
        if stream:
            self._streams.setdefault(stream, {})[market.pair] = (market, instrument)

    def forget(self, pair: Pair) -> None:
        """This market is given up."""
        for owners in self._streams.values():
            owners.pop(pair, None)

    def of(self, stream: str) -> list[tuple[Market, Instrument]]:
        """Whose stream this is."""
        return list(self._streams.get(stream, {}).values())

    def listening(self, streams: Iterable[str]) -> None:
        """These streams are subscribed."""
        for stream in streams:
            self._tell(stream, hears=True)

    def lost(self, streams: Iterable[str]) -> None:
        """The connection with these streams is gone."""
        for stream in streams:
            self._keeper.lost(stream)
            self._tell(stream, hears=False)

    def paused(self, pair: Pair) -> None:
        """The streams of this market were given up for a while; what is still under way does not count."""
        markets = set()
        for stream, owners in list(self._streams.items()):
            if pair in owners:
                self._keeper.lost(stream)
                markets.add(owners.pop(pair)[0])
        for market in markets:
            self._on_hearing(market, self._venue.NAME, False, time.time_ns())

    def has_none(self, market: Market) -> None:
        """The venue has no such pair, or does not trade it: nothing is missed."""
        self._on_hearing(market, self._venue.NAME, True, time.time_ns())

    def _tell(self, stream: str, *, hears: bool) -> None:
        for market, _ in self.of(stream):
            self._on_hearing(market, self._venue.NAME, hears, time.time_ns())

    def trade(self, event: TradeEvent, receive_time: int) -> None:
        """A trade arrived (nanoseconds UTC)."""
        known = self.of(event.stream)
        if not known:
            return
        taken = self._keeper.take(event)
        self._send(event.stream, taken.out, receive_time)
        if taken.fill_since is not None:
            since = taken.fill_since
            self._workers.run(Rank.START, lambda: self._fill(event.stream, known[0][1], since))

    def missed(self, stream: str) -> None:
        """What could not be read may have been a trade of this stream: the venue is asked whether one is missing."""
        known, since = self.of(stream), self._keeper.missed(stream)
        if known and since is not None:
            self._workers.run(Rank.START, lambda: self._fill(stream, known[0][1], since))

    def _fill(self, stream: str, instrument: Instrument, since: Trade) -> None:
        """Asks the venue for what is missing; runs on a worker."""
        trades = None
        request = self._venue.past_trades(instrument, since)
        try:
            if request is not None:
                trades = self._venue.read_past_trades(instrument, self._rest.get(request, self._stop))
        except VenueError as error:
            log.warning("%s: missing trades of %s: %s", self._venue.NAME, instrument.symbol, error)
        self._send(stream, self._keeper.filled(stream, trades), time.time_ns())

    def _send(self, stream: str, outputs: Iterable[Output], receive_time: int) -> None:
        for output in outputs:
            for market, instrument in self.of(stream):
                if isinstance(output, TradeGap):
                    missing = output.missing or "some"
                    log.warning("%s: %s trades of %s are missing", self._venue.NAME, missing, market.name)
                    self._on_gap(market, self._venue.NAME, output, receive_time)
                else:
                    self._on_trade(market, self._venue.NAME, output.in_base(instrument), receive_time)
