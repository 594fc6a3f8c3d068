"""Trades of one venue on their way out: to their markets, in base units, each once, with gaps filled or reported."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence

from .. import clock
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

Owner = tuple[Market, Instrument]
"""A market, and the instrument that the venue trades in it."""

# Seconds that a trade may be under way in the stream when the venue's history has it already.
IN_FLIGHT = 3.0
_TROUBLE = {
    TradesState.OVERDUE: "were asked for and not confirmed; they are asked for again",
    TradesState.REFUSED: "are refused; they are asked for again, more and more seldom",
    TradesState.MUTE: "do not come, though there are new ones; they are asked for again",
}


class TradeRouter:
    """Hands the trades of all connections of a venue to their markets; called on the threads of the connections."""

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
        self._states: dict[str, TradesState] = {}
        self._streams: dict[str, tuple[Owner, ...]] = {}
        """Replaced, never changed. One stream may serve two pairs, where the venue has one book under two names."""
        self._past: dict[Pair, Sequence[Trade]] = {}
        """The last trades before the server was restarted, until their stream is known."""
        self._changing = threading.Lock()
        """Held while they are replaced."""
        fills = type(venue).past_trades is not Venue.past_trades
        self._probe = TradeProbe(venue.TRADE_IDS)
        self._sequencer = TradeSequencer(venue.TRADE_IDS, fills)

    def resume(self, pair: Pair, trades: Sequence[Trade]) -> None:
        """The last trades of a market before the server was restarted, oldest first. Before the venue is connected."""
        self._past[pair] = trades

    def add_stream(self, stream: str, market: Market, instrument: Instrument) -> None:
        """This stream brings the trades of the instrument."""
        if stream:
            with self._changing:
                others = [owner for owner in self.owners(stream) if owner[0].pair != market.pair]
                self._streams[stream] = (*others, (market, instrument))
            if (past := self._past.pop(market.pair, None)) is not None:
                self._sequencer.resume(stream, past)

    def remove_market(self, pair: Pair) -> None:
        """The market is not read any more."""
        for stream in list(self._streams):
            self._remove_owner(stream, pair)

    def _remove_owner(self, stream: str, pair: Pair) -> Market | None:
        """The market of this pair, if the stream was its."""
        with self._changing:
            owners = self.owners(stream)
            self._streams[stream] = tuple(owner for owner in owners if owner[0].pair != pair)
        return next((market for market, _ in owners if market.pair == pair), None)

    def owners(self, stream: str) -> Sequence[Owner]:
        """The markets that this stream is of."""
        return self._streams.get(stream, ())

    def set_state(self, stream: str, state: TradesState, reason: str = "") -> None:
        """A subscription changed, whichever connection has it: its state is shown, logged, and reported as coverage."""
        before, self._states[stream] = self._states.get(stream), state
        if state is before:
            return
        received = state is TradesState.RECEIVED
        if state is TradesState.MUTE:
            self.trade_missed(stream)
        for market, _ in self.owners(stream):
            self._show(market, state, reason)
            if received is not (before is TradesState.RECEIVED):
                self._listener.trade_coverage(market, self._venue.NAME, received, clock.time_ns())

    def interrupt(self, stream: str) -> None:
        """The connection that brought this stream is gone."""
        self._sequencer.interrupt(stream)
        self.set_state(stream, TradesState.WAITING)

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

    def pause_market(self, pair: Pair) -> None:
        """The streams of this market are ended for a while; trades that are still under way do not count."""
        markets = set()
        for stream in list(self._streams):
            market = self._remove_owner(stream, pair)
            if market is not None:
                self._sequencer.interrupt(stream)
                self._states.pop(stream, None)
                markets.add(market)
        for market in markets:
            self._show(market, TradesState.UNSPECIFIED, "")
            self._listener.trade_coverage(market, self._venue.NAME, False, clock.time_ns())

    def mark_untraded(self, market: Market) -> None:
        """The venue does not list the pair, or does not trade it: no trade can be missing."""
        self._show(market, TradesState.UNSPECIFIED, "")
        self._listener.trade_coverage(market, self._venue.NAME, True, clock.time_ns())

    def trade(self, event: TradeEvent, receive_time: int) -> None:
        """A trade arrived (nanoseconds UTC)."""
        owners = self._streams.get(event.stream)
        if not owners:
            return
        counts = self._sequencer.accept_next(event)
        if counts:
            self._deliver(event.trade, owners, receive_time)
        elif counts is None:
            accepted = self._sequencer.accept_trade(event)
            self._send(event.stream, accepted.out, receive_time)
            if (since := accepted.fill_since) is not None:
                self._workers.run(Rank.START, lambda: self._fill(event.stream, owners[0][1], since))

    def trade_missed(self, stream: str) -> None:
        """An unreadable message may have been a trade of this stream: the venue is asked whether one is missing."""
        owners, since = self.owners(stream), self._sequencer.start_fill(stream)
        if owners and since is not None:
            self._workers.run(Rank.START, lambda: self._fill(stream, owners[0][1], since))

    def probe(self, stream: str, on_mute: Callable[[], None]) -> None:
        """Asks the venue's history about a stream that brings nothing, on a worker.

        `on_mute` is called there when the history has trades that the stream did not bring.
        """
        owners = self.owners(stream)
        request = self._venue.past_trades(owners[0][1], None) if owners else None
        if request is not None:
            self._workers.run(Rank.AUDIT, lambda: self._compare(stream, owners[0][1], request, on_mute))

    def _compare(self, stream: str, instrument: Instrument, request: RestRequest, on_mute: Callable[[], None]) -> None:
        if self._rest.budget.tight():
            return
        count = self.trades_received(stream)
        try:
            trades = self._venue.read_past_trades(instrument, ask(self._venue, self._rest, request, self._stop))
        except VenueError as error:
            words = f"no past trades of {instrument.symbol}: {error}"
            self._log.warning(words, "past trades", "no_history", instrument.pair)
            return
        newest = self._probe.moved_on(stream, count, trades)
        # What the history has already may still be under way in the stream.
        if newest is None or self._sequencer.has_seen(stream, newest) or self._stop.wait(IN_FLIGHT):
            return
        if self.trades_received(stream) == count and not self._sequencer.has_seen(stream, newest):
            on_mute()

    def is_silent(self, stream: str, now: float) -> bool:
        """Whether the venue's history is to be asked about this stream now (monotonic seconds)."""
        if self._states.get(stream) is not TradesState.RECEIVED:
            self._probe.forget(stream)
            return False
        return self._probe.is_due(stream, self.trades_received(stream), now)

    def trades_received(self, stream: str) -> int:
        """How many trades of the stream's markets have come so far."""
        return sum(market.trades.get(self._venue.NAME, 0) for market, _ in self.owners(stream))

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
            # A defect of ours in reading them: they are reported as missing, as if the venue did not know.
            self._log.failed("past trades could not be used", error)
        self._send(stream, self._sequencer.finish_fill(stream, trades), clock.time_ns())

    def _send(self, stream: str, outputs: Iterable[Output], receive_time: int) -> None:
        for output in outputs:
            if isinstance(output, TradeGap):
                self._report_gap(output, self.owners(stream), receive_time)
            else:
                self._deliver(output, self.owners(stream), receive_time)

    def _deliver(self, trade: Trade, owners: Iterable[Owner], receive_time: int) -> None:
        name = self._venue.NAME
        for market, instrument in owners:
            market.trades[name] = market.trades.get(name, 0) + 1
            self._listener.trade(market, name, trade.in_base(instrument), receive_time)

    def _report_gap(self, gap: TradeGap, owners: Iterable[Owner], receive_time: int) -> None:
        for market, _ in owners:
            words = f"{gap.missing or 'some'} trades of {market.name} are missing"
            self._log.warning(words, f"gap {market.name}", "trade_gap", market.name)
            name = self._venue.NAME
            market.trade_gaps[name] = market.trade_gaps.get(name, 0) + 1
            self._listener.trade_gap(market, name, gap, receive_time)
