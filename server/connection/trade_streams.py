"""The trades of one connection: whose they are, and what is known of their subscriptions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from orderbook_ext import TradeDecoder, TradeLane

from ..book.synchronizer import BookSynchronizer
from ..model import TradesState, VenueState
from ..protocol.events import TradeEvent
from ..protocol.trade_order import in_order
from ..protocol.venue import TradeIds, Venue
from .connection_books import ConnectionBooks
from .effects import Effect, TradeReceived, TradesMissed, TradesStatus
from .routes import Routes
from .subscription import TRADES_STATES, SubscriptionState
from .subscriptions import Subscriptions


class TradeStreams:
    """`names` are the trade streams, in the order of the books where there are both.

    Streams whose trades need no decision are bound to a lane in C, until their subscription is in question or their
    book needs a decision. Times are monotonic nanoseconds.
    """

    def __init__(
        self, venue: Venue, names: Sequence[str], books: ConnectionBooks, routes: Routes, subscriptions: Subscriptions
    ) -> None:
        self.names = tuple(names)
        self._venue = venue
        self._books = books
        self._routes = routes
        self._subscriptions = subscriptions
        self._traded: dict[str, BookSynchronizer] = dict(zip(names, books.syncs, strict=False))
        self._reported: dict[str, TradesState] = {}
        """By stream: what was last said of its subscription."""
        self._looked_at: dict[str, SubscriptionState] = {}
        """By stream: the state of its subscription when it was last looked at."""
        self._lane: TradeLane | None = None

    def make_lane(self, decoder: TradeDecoder, longest: int) -> TradeLane:
        """Takes the trades that `decoder` reads, of messages of up to `longest` bytes."""
        self._lane = TradeLane(decoder, TradeReceived, self.received, self.contradicted, longest=longest)
        return self._lane

    def state(self, stream: str) -> TradesState:
        """What is known of the subscription of a trade stream."""
        return self._reported.get(stream, TradesState.WAITING)

    def forget(self) -> None:
        """The connection is gone, or new."""
        self._reported.clear()
        self._looked_at.clear()
        if self._lane is not None:
            self._lane.forget()

    def received(self, trades: Sequence[TradeEvent], now: int) -> Sequence[Effect]:
        """The trades of one message."""
        if len(trades) == 1:
            return self.trade(trades[0], now)
        ordered = in_order(trades, self._venue.TRADE_IDS)
        return [effect for trade in ordered if isinstance(trade, TradeEvent) for effect in self.trade(trade, now)]

    def trade(self, event: TradeEvent, now: int) -> Sequence[Effect]:
        """A trade arrived: it is evidence for or against the book as well."""
        stream = self._routes.stream(event.stream)
        if stream != event.stream:
            event = replace(event, stream=stream)
        if self._subscriptions.received(stream):
            return [*self.report(), *self.trade(event, now)]
        sync = self._traded.get(stream)
        if event.past:
            return (TradeReceived(event),)
        self._bind(stream, sync)
        if sync is None:
            return (TradeReceived(event),)
        try:
            sync.trade(event.trade, now)
        except Exception as error:
            return (TradeReceived(event), *self._books.broken(sync, error, now))
        if sync.settled:
            return (TradeReceived(event),)
        return (TradeReceived(event), *self._books.requests(sync, now))

    def _bind(self, stream: str, sync: BookSynchronizer | None) -> None:
        """The next trades of this stream need no decision, while their book needs none."""
        if self._lane is None or (sync is not None and sync.lane is None):
            return
        if sync is None:
            self._lane.bind(stream)
        else:
            self._lane.bind(stream, sync.lane, sync.trade_counter)

    def contradicted(self, stream: str, reason: str, now: int) -> Sequence[Effect]:
        """A trade of this stream contradicts the book."""
        sync = self._traded[stream]
        return self._books.guarded(sync, now, lambda: sync.rebuild(VenueState.SUSPECT, reason, now))

    def missed(self, streams: Iterable[str]) -> list[Effect]:
        """Trades may be lost: where ids rise by one, or messages are counted, the next one shows whether they are."""
        if self._venue.COUNTED or self._venue.TRADE_IDS is TradeIds.CONSECUTIVE:
            return []
        return [TradesMissed(stream) for stream in streams]

    def named_in(self, data: bytes) -> set[str]:
        """The streams whose names stand in these bytes, which nobody can decode."""
        return {stream for stream in self.names if stream.encode() in data}

    def streams_of(self, syncs: Iterable[BookSynchronizer]) -> set[str]:
        """The trade streams of these books."""
        wanted = set(syncs)
        return {stream for stream, sync in self._traded.items() if sync in wanted}

    def report(self) -> list[Effect]:
        """What has changed of the subscriptions of trades."""
        effects: list[Effect] = []
        for stream in self.names:
            subscription = self._subscriptions.get(stream)
            if subscription is None:
                continue
            if self._looked_at.get(stream) is subscription.state:
                continue
            self._looked_at[stream] = subscription.state
            state = TRADES_STATES[subscription.state]
            if self._reported.get(stream) is not state:
                self._reported[stream] = state
                if self._lane is not None and state is not TradesState.RECEIVED:
                    self._lane.forget(stream)
                effects.append(TradesStatus(stream, state, subscription.reason))
        return effects
