"""Topics of states: a topic merges its market's books, encodes one message, and hands it to its channel."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from onebook.v1 import types_pb2
from onebook.v1.market_data_pb2 import StreamBookResponse, StreamVenueStatusResponse
from orderbook_ext import ConsolidatedView

from .. import clock
from ..market.consolidated_book import ConsolidatedBook, Foreign
from ..market.market import DEFAULT_VWAP_LEVELS, Market
from ..market.rates import Conversion
from .channel import ConflatedChannel
from .epoch import Epoch
from .qualities import withheld

Encoding = bytes | Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class BookChoice:
    """Which consolidated book: subscribers of equal choices share one topic."""

    levels: int
    dust: Decimal
    venues: tuple[str, ...] = ()
    """In the market's order; empty is all."""
    vwap_levels: int = DEFAULT_VWAP_LEVELS
    currencies: tuple[str, ...] = ()
    """Other quote currencies whose books are merged too."""


def _nothing() -> None:
    """Nobody counts this topic."""


class StateTopic(ABC):
    """A topic whose messages are whole states. New subscribers may encode the first message, so encoding has a lock."""

    def __init__(self, market: Market, epoch: Epoch, interval: float) -> None:
        self.market = market
        self.channel = ConflatedChannel(market.watch)
        self.interval = int(interval * 1e9)
        """Least nanoseconds between two messages."""
        self.dirty = False
        self.asked_at = 0
        """Monotonic nanoseconds of the newest request for this topic."""
        self.owner = ""
        """Whose turn it has; topics without an owner come first."""
        self.dropped = False
        """The topic is in no table any more, and cannot be subscribed to."""
        self.on_drop: Callable[[], None] = _nothing
        """Called once, when the topic is forgotten."""
        self.failure: Exception | None = None
        """Why the newest message is one that shows nothing; None if it shows the state."""
        self._epoch = epoch
        self._encoding = threading.Lock()

    def begin(self) -> None:
        """Called once, when the topic starts to receive changes: publishes the first state."""
        self.publish()

    def publish(self, heartbeat: bool = False) -> None:
        """Merges, encodes and publishes the state now; see `failure`.

        If this fails, the topic sends a message without levels of any venue and with the reason, so that no client
        takes the previous state for the present state. If this message cannot be made either, the streams end.
        """
        with self._encoding:
            self.dirty = False
            monotonic, sequence = clock.monotonic_ns(), self.channel.version + 1
            try:
                payload = self._encode(monotonic, sequence, heartbeat)
                self.failure = None
            except Exception as error:
                # Logged by the dispatcher, which asks for the failure of every topic.
                self.failure = error
                try:
                    payload = self.withheld(self._plain_header(sequence, heartbeat), withheld_reason(error))
                except Exception as worse:
                    self.failure = worse
                    self.channel.fail(withheld_reason(worse))
                    return
            self.channel.publish(payload, monotonic)

    def current(self, oldest: int) -> bool:
        """Whether the newest message shows the state and was made at this time (monotonic nanoseconds) or later."""
        return self.channel.version > 0 and self.failure is None and self.channel.published_at >= oldest

    def _plain_header(self, sequence: int, heartbeat: bool) -> types_pb2.Header:
        return types_pb2.Header(
            publish_time_nanos=clock.time_ns(), epoch=self._epoch.start, sequence=sequence, heartbeat=heartbeat
        )

    def encode_once(self) -> bytes:
        """The state now as a message outside of any stream: its sequence is 0."""
        with self._encoding:
            return self._encode(clock.monotonic_ns(), 0, False)

    def due(self, now: int) -> int:
        """Monotonic nanoseconds from which the next state may be published."""
        return self.channel.published_at + self.interval if self.channel.version else now

    SELECTIVE = False
    """Whether changed() is to be asked: some changes of the market are none of this topic."""

    def changed(self) -> bool:
        """Whether a change of the market concerns this topic."""
        return True

    @property
    def orphaned(self) -> bool:
        """Whether the topic names venues and the market has none of them any more."""
        return False

    @property
    def follows(self) -> tuple[Market, ...]:
        """The markets whose changes concern this topic."""
        return (self.market,)

    @abstractmethod
    def _encode(self, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        """The message of the state now."""

    @abstractmethod
    def withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        """A message that shows nothing, for this reason."""


def withheld_reason(error: Exception) -> str:
    """For people; the log has the rest."""
    return f"this message could not be made, see the server's log ({type(error).__name__})"


class ViewTopic(StateTopic):
    """A topic that is one encoding of a merged view."""

    def __init__(
        self,
        market: Market,
        epoch: Epoch,
        interval: float,
        choice: BookChoice,
        foreign: Sequence[Foreign] = (),
    ) -> None:
        """`foreign`: the same base in other quote currencies, to be merged too."""
        super().__init__(market, epoch, interval)
        self._choice = choice
        self._books = ConsolidatedBook(market, foreign, choice.levels, choice.dust, choice.venues, choice.vwap_levels)

    @property
    def follows(self) -> tuple[Market, ...]:
        return self._books.follows

    @property
    def orphaned(self) -> bool:
        return self._books.orphaned

    def _encode(self, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        with self._books.consistency_locks():
            self._books.refresh()
            made = self._message(self._books.view, monotonic, sequence, heartbeat)
        return made if isinstance(made, bytes) else made()

    def _hidden(self, reason: str) -> list[types_pb2.VenueQuality]:
        """The quality entries of a message that shows nothing."""
        return withheld(self._books.names, reason, self._books.currencies)

    def _header(self, view: ConsolidatedView, sequence: int, heartbeat: bool) -> types_pb2.Header:
        """The header of a message that shows this view."""
        header = self._plain_header(sequence, heartbeat)
        header.receive_time_nanos, header.exchange_time_nanos = view.receive_time, view.exchange_time
        return header

    def _conversions(self) -> list[types_pb2.Conversion]:
        """What was converted, and how."""
        return [write_conversion(each) for each in self._books.conversions]

    @abstractmethod
    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> Encoding:
        """The message or, where it is made of what was read here, what makes it: feeds wait for the locks."""


class BookTopic(ViewTopic):
    """StreamBookResponse, and with one venue StreamVenueBookResponse, which is the same on the wire."""

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        # A message that has nothing but these fields is what has to be appended.
        extra = b""
        if self._books.conversions:
            extra = types_pb2.Book(conversions=self._conversions()).SerializeToString()
        return view.encode_book(clock.time_ns(), monotonic, self._epoch.start, sequence, heartbeat, extra)

    def withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        book = types_pb2.Book(header=header, market=self.market.name, venues=self._hidden(reason))
        return StreamBookResponse(book=book).SerializeToString()


class StatusTopic(ViewTopic):
    """StreamVenueStatusResponse: only when a state changed."""

    SELECTIVE = True
    _seen: tuple[tuple[str, int, str, int, int, int], ...] = ()

    def changed(self) -> bool:
        return self.market.states() != self._seen

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        self._seen = self.market.states()
        return view.encode_status(clock.time_ns(), monotonic, self._epoch.start, sequence, heartbeat)

    def withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        status = types_pb2.VenueStatus(header=header, market=self.market.name, venues=self._hidden(reason))
        return StreamVenueStatusResponse(status=status).SerializeToString()


class CompatTopic(ViewTopic):
    """orderbook.Summary."""

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> bytes:  # noqa: ARG002
        return view.encode_compat()

    def withheld(self, header: types_pb2.Header, reason: str) -> bytes:  # noqa: ARG002 - it has no place for them
        return b""


def write_conversion(made: Conversion) -> types_pb2.Conversion:
    """Writes the currencies that were converted, and their rates, into a message."""
    return types_pb2.Conversion(
        quote_currency=made.currency,
        rate_market=made.rate_market,
        inverted=made.inverted,
        bid="" if made.bid is None else f"{made.bid.normalize():f}",
        ask="" if made.ask is None else f"{made.ask.normalize():f}",
        age_nanos=made.age,
        suspended=bool(made.trouble),
        detail=made.trouble,
    )
