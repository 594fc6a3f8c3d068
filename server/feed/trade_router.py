"""Trades of one venue on their way out: whose they are, in base units, each once, with holes filled or told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from ..connection.venue_log import VenueLog
from ..errors import VenueError
from ..logs import about
from ..market.feed_listener import FeedListener
from ..market.market import Market
from ..model import Instrument, Pair, Trade, TradeGap, TradesState
from ..network.rest_client import RestClient
from ..protocol.events import TradeEvent
from ..protocol.rest_request import RestRequest
from ..protocol.venue import Venue
from .ask import ask
from .log_once import SaidOnce
from .snapshots import Rank, SnapshotScheduler
from .trade_probe import TradeProbe
from .trade_sequencer import Output, TradeSequencer

log = logging.getLogger(__name__)

# Seconds that a trade may be under way in the stream when the venue's history has it already.
IN_FLIGHT = 3.0
_TROUBLE = {
    TradesState.OVERDUE: "were asked for and not confirmed; they are asked for again",
    TradesState.REFUSED: "are refused; they are asked for again, more and more seldom",
    TradesState.MUTE: "do not come, though there are new ones; they are asked for again",
}


class TradeRouter:
    """Knows the streams of all connections of a venue; called on their threads."""

    def __init__(
        self,
        venue: Venue,
        rest: RestClient,
        workers: SnapshotScheduler,
        stop: threading.Event,
        listener: FeedListener,
    ) -> None:
        self._venue = venue
        self._log = VenueLog(log, venue)
        self._rest = rest
        self._workers = workers
        self._stop = stop
        self._said = SaidOnce(log, venue, "past trades")
        self._listener = listener
        self._standings: dict[str, TradesState] = {}
        # One stream may serve two pairs, where the venue has one book under two names.
        self._streams: dict[str, dict[Pair, tuple[Market, Instrument]]] = {}
        fills = type(venue).past_trades is not Venue.past_trades
        self._probe = TradeProbe(venue.TRADE_IDS)
        self._keeper = TradeSequencer(venue.TRADE_IDS, fills)

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

    def standing(self, stream: str, state: TradesState, reason: str = "") -> None:
        """What is known of a subscription, whichever connection has it: shown, logged, and minded by candles."""
        before, self._standings[stream] = self._standings.get(stream), state
        if state is before:
            return
        received = state is TradesState.RECEIVED
        if state is TradesState.MUTE:
            self.missed(stream)
        for market, _ in self.of(stream):
            self._show(market, state, reason)
            if received is not (before is TradesState.RECEIVED):
                self._listener.trade_coverage(market, self._venue.NAME, received, time.time_ns())

    def lost(self, stream: str) -> None:
        """The connection with this stream is gone."""
        self._keeper.lost(stream)
        self.standing(stream, TradesState.WAITING)

    def _show(self, market: Market, state: TradesState, reason: str) -> None:
        entry = market.entries.get(self._venue.NAME)
        if entry is None or entry.trades_state == state:
            return
        entry.trades_state = state
        market.changed()
        if state in _TROUBLE:
            words = f": {reason}" if reason else ""
            name = self._venue.NAME
            extra = about("trades_trouble", market.name, name)
            log.warning("%s: trades of %s %s%s", name, market.name, _TROUBLE[state], words, extra=extra)

    def paused(self, pair: Pair) -> None:
        """The streams of this market were given up for a while; what is still under way does not count."""
        markets = set()
        for stream, owners in list(self._streams.items()):
            if pair in owners:
                self._keeper.lost(stream)
                self._standings.pop(stream, None)
                markets.add(owners.pop(pair)[0])
        for market in markets:
            self._show(market, TradesState.UNSPECIFIED, "")
            self._listener.trade_coverage(market, self._venue.NAME, False, time.time_ns())

    def has_none(self, market: Market) -> None:
        """The venue has no such pair, or does not trade it: nothing is missed."""
        self._show(market, TradesState.UNSPECIFIED, "")
        self._listener.trade_coverage(market, self._venue.NAME, True, time.time_ns())

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

    def probe(self, stream: str, on_mute: Callable[[], None]) -> None:
        """Asks the venue's history about a stream that says nothing, on a worker; `on_mute` is called there when the
        history has trades that the stream did not bring."""
        known = self.of(stream)
        request = self._venue.past_trades(known[0][1], None) if known else None
        if request is not None:
            self._workers.run(Rank.AUDIT, lambda: self._compare(stream, known[0][1], request, on_mute))

    def _compare(self, stream: str, instrument: Instrument, request: RestRequest, on_mute: Callable[[], None]) -> None:
        if self._rest.budget.tight():
            return
        count = self.count(stream)
        try:
            trades = self._venue.read_past_trades(instrument, ask(self._venue, self._rest, request, self._stop))
        except VenueError as error:
            words = f"no past trades of {instrument.symbol}: {error}"
            self._log.warning(words, "past trades", "no_history", instrument.pair)
            return
        newest = self._probe.moved_on(stream, count, trades)
        # What the history has already may still be under way in the stream.
        if newest is None or self._keeper.has_seen(stream, newest) or self._stop.wait(IN_FLIGHT):
            return
        if self.count(stream) == count and not self._keeper.has_seen(stream, newest):
            on_mute()

    def is_silent(self, stream: str, now: float) -> bool:
        """Whether the venue's history is to be asked about this stream now (monotonic seconds)."""
        if self._standings.get(stream) is not TradesState.RECEIVED:
            self._probe.forget(stream)
            return False
        return self._probe.is_due(stream, self.count(stream), now)

    def count(self, stream: str) -> int:
        """How many trades of a stream's markets have come so far."""
        return sum(market.trades.get(self._venue.NAME, 0) for market, _ in self.of(stream))

    def _fill(self, stream: str, instrument: Instrument, since: Trade) -> None:
        """Asks the venue for what is missing; runs on a worker."""
        trades: list[Trade] | None = None
        request = self._venue.past_trades(instrument, since)
        try:
            if request is not None:
                found = self._venue.read_past_trades(instrument, ask(self._venue, self._rest, request, self._stop))
                self._said.say(found.unread)
                trades = found
        except VenueError as error:
            words = f"missing trades of {instrument.symbol}: {error}"
            self._log.warning(words, "missing trades", "no_history", instrument.pair)
        except Exception as error:
            # A defect of ours in reading them: they are told to be missing, as if the venue did not know.
            self._log.failed("past trades could not be used", error)
        self._send(stream, self._keeper.filled(stream, trades), time.time_ns())

    def _send(self, stream: str, outputs: Iterable[Output], receive_time: int) -> None:
        for output in outputs:
            for market, instrument in self.of(stream):
                if isinstance(output, TradeGap):
                    missing = output.missing or "some"
                    words = f"{missing} trades of {market.name} are missing"
                    self._log.warning(words, f"gap {market.name}", "trade_gap", market.name)
                    self._listener.trade_gap(market, self._venue.NAME, output, receive_time)
                else:
                    market.trades[self._venue.NAME] = market.trades.get(self._venue.NAME, 0) + 1
                    self._listener.trade(market, self._venue.NAME, output.in_base(instrument), receive_time)
