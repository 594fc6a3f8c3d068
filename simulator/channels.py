"""The streams of a simulated exchange, by what they carry: books, trades, tickers, candles.

A venue gives each channel a writer, which turns what happened into the data of a message.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from .book import Levels
from .generator import Tick, VenueMarket
from .instruments import Instrument
from .pacing import CandlePace, due
from .single_changes import single_changes
from .trade_history import AggregateTrade, Candle, Trade
from .window import Window, Windows


class Message(NamedTuple):
    """The data of one message, and what it is: of a book "diff", "snapshot" or "book" (all levels every time)."""

    data: Any
    kind: str
    begins: bool = False
    """The first of a new candle."""


class Stream(NamedTuple):
    """One channel of one instrument, by its name."""

    name: str
    channel: "Channel"
    item: Instrument


@dataclass(frozen=True)
class BookFrame:
    """What a message of a book says: levels in ticks and lots, size 0 removes; `sequence` is the book's after it."""

    item: Instrument
    bids: Levels
    asks: Levels
    sequence: int
    previous: int
    time_us: int
    window: Window


class Channel(ABC):
    """One kind of stream. `step` counts the market's steps from 1, `per_second` of them make a second."""

    kind = "data"

    def opened(self, stream: Stream, market: VenueMarket) -> list[Message]:  # noqa: ARG002
        """What follows a subscription at once."""
        return []

    @abstractmethod
    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:
        """What the stream sends of one step of its market."""

    def restarted(self, stream: Stream, market: VenueMarket) -> list[Message]:  # noqa: ARG002
        """What the stream sends when the venue's service has started anew."""
        return []

    def closed(self, stream: Stream) -> None:  # noqa: B027 - most have nothing to forget
        """Nobody listens any more."""


class Numbered(NamedTuple):
    """A single change of a book under the venue's number; price and size 0: nothing that is to be seen."""

    number: int
    is_bid: bool
    price: int
    size: int


class NumberedChanges(Channel):
    """Every single change of a book with a number of its own, about `batch` in a message.

    The venue's counter also runs for orders that do not show: every `silent`-th change has such a one before it, so
    that nothing is missing for those who count.
    """

    kind = "diff"

    def __init__(self, write: Callable[[Instrument, list[Numbered], int], Any], silent: int, batch: int = 5) -> None:
        """`write` is given the instrument, the changes, and the time in microseconds."""
        self._write, self._silent, self._batch = write, silent, batch

    def number(self, sequence: int) -> int:
        """The venue's number of a change."""
        return sequence + sequence // self._silent

    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:  # noqa: ARG002
        rows: list[Numbered] = []
        for change in self._numbered(tick):
            if rows and change.number % self._batch == 0 and change.number != rows[-1].number:
                yield Message(self._write(stream.item, rows, tick.time_us), "diff")
                rows = []
            rows.append(change)
        if rows:
            yield Message(self._write(stream.item, rows, tick.time_us), "diff")

    def _numbered(self, tick: Tick) -> Iterator[Numbered]:
        last = 0
        for change in single_changes(tick):
            number = self.number(change.sequence)
            if number - self.number(change.sequence - 1) == 2 and last != number:
                yield Numbered(number - 1, change.is_bid, 0, 0)
            last = number
            yield Numbered(number, change.is_bid, *((0, 0) if change.hidden else (change.price, change.size)))


class Book(Channel):
    """The changes of a book, of its best `depth` levels (None: all); begun by a snapshot in the stream, if `begins`.

    Clients of a `lingering` one cut their book themselves: levels that are pushed out are not named. Empty messages are
    sent after `idle_us` without a change, and with `hidden` for changes that lie behind the depth.
    """

    kind = "diff"

    def __init__(
        self,
        write: Callable[[BookFrame], Any],
        depth: int | None = None,
        begins: Callable[[], bool] | bool = True,
        lingering: bool = False,
        idle_us: int = 1 << 62,
        hidden: bool = False,
    ) -> None:
        self._write, self._depth, self._lingering = write, depth, lingering
        self._idle_us, self._hidden = idle_us, hidden
        self._begins = begins if callable(begins) else lambda: bool(begins)
        self._windows = Windows()

    def window(self, stream: str) -> Window | None:
        """What the listeners of a stream hold."""
        return self._windows.find(stream)

    def opened(self, stream: Stream, market: VenueMarket) -> list[Message]:
        window = self._windows.open(stream.name, market, self._depth, self._lingering)
        return [self._snapshot(window)] if self._begins() else []

    def restarted(self, stream: Stream, market: VenueMarket) -> list[Message]:
        return self.opened(stream, market)

    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:  # noqa: ARG002
        window = self._windows.open(stream.name, tick.market, self._depth, self._lingering)
        changes = window.advance(tick)
        previous = window.previous
        if changes.empty and not (self._hidden and tick.last >= tick.first):
            if tick.time_us - window.announced_us < self._idle_us:
                return
            window.announced_us, previous = tick.time_us, window.sequence
        yield Message(self._write(_frame(window, changes.bids, changes.asks, previous, tick.time_us)), "diff")

    def _snapshot(self, window: Window) -> Message:
        return Message(self._write(_frame(window, window.bids, window.asks, -1, window.market.clock_us)), "snapshot")

    def closed(self, stream: Stream) -> None:
        self._windows.forget(stream.name)


class TopOfBook(Book):
    """The best `depth` levels, all of them whenever one changes."""

    kind = "book"

    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:  # noqa: ARG002
        window = self._windows.open(stream.name, tick.market, self._depth)
        if not window.advance(tick).empty:
            yield Message(self._write(_frame(window, window.bids, window.asks, -1, tick.time_us)), "book")


def _frame(window: Window, bids: Levels, asks: Levels, previous: int, time_us: int) -> BookFrame:
    return BookFrame(window.market.instrument, bids, asks, window.sequence, previous, time_us, window)


class BookSteps(Channel):
    """What a writer makes of every step that changed the book: its changes ("diff"), or its best levels ("book")."""

    def __init__(self, write: Callable[[Tick], Any], kind: str = "diff") -> None:
        self._write, self.kind = write, kind

    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:  # noqa: ARG002
        if tick.bids or tick.asks:
            yield Message(self._write(tick), self.kind)


class Silent(Channel):
    """Accepted, and nothing ever comes."""

    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:  # noqa: ARG002
        return iter(())


class Trades(Channel):
    """Every trade in a message of its own, or those of a step `together`. `first`: so many old ones begin a stream."""

    kind = "trade"

    def __init__(self, write: Callable[[Instrument, Trade], Any], together: bool = False, first: int = 0) -> None:
        self._write, self._together, self._first = write, together, first

    def opened(self, stream: Stream, market: VenueMarket) -> list[Message]:
        old = list(market.history.trades)[-self._first :] if self._first else []
        return [Message([self._write(stream.item, trade) for trade in old], "snapshot")] if old else []

    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:  # noqa: ARG002
        rows = [self._write(stream.item, trade) for trade in tick.trades]
        for data in ([rows] if rows else []) if self._together else rows:
            yield Message(data, "trade")


class TakerTrades(Channel):
    """The trades of one taker at one price as one."""

    kind = "trade"

    def __init__(self, write: Callable[[Instrument, AggregateTrade], Any]) -> None:
        self._write = write

    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:  # noqa: ARG002
        for taker in tick.aggregates:
            yield Message(self._write(stream.item, taker), "trade")


class Ticker(Channel):
    """What a writer says of the market: whenever the best levels change, every `period_ms`, or `with_trades`."""

    kind = "ticker"

    def __init__(
        self,
        write: Callable[[VenueMarket], Any],
        period_ms: int = 0,
        begins: bool = False,
        kind: str = "ticker",
        with_trades: bool = False,
    ) -> None:
        self._write, self._period_ms, self._begins, self.kind = write, period_ms, begins, kind
        self._with_trades = with_trades

    def opened(self, stream: Stream, market: VenueMarket) -> list[Message]:  # noqa: ARG002
        return [Message(self._write(market), "snapshot")] if self._begins else []

    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:  # noqa: ARG002
        if self._is_due(tick, step, per_second):
            yield Message(self._write(tick.market), self.kind)

    def _is_due(self, tick: Tick, step: int, per_second: int) -> bool:
        if self._period_ms:
            return due(step, per_second, self._period_ms)
        return bool(tick.trades if self._with_trades else tick.touches)


class Candles(Channel):
    """The running candle every `period_ms`, and once the one that has closed."""

    kind = "candle"

    def __init__(
        self,
        write: Callable[[Instrument, Candle, bool, int], Any],
        length_ms: int,
        period_ms: int = 1000,
        offset_ms: int = 0,
    ) -> None:
        """`write` is given the instrument, the candle, whether it is closed, and the time in microseconds."""
        self._write, self._length_ms, self._period_ms, self._offset_ms = write, length_ms, period_ms, offset_ms
        self._pace: CandlePace | None = None

    def advance(self, stream: Stream, tick: Tick, step: int, per_second: int) -> Iterator[Message]:
        self._pace = self._pace or CandlePace(per_second, self._period_ms)
        found = self._pace.rows(tick, step)(self._length_ms, self._offset_ms)
        for number, (candle, closed) in enumerate(found):
            yield Message(self._write(stream.item, candle, closed, tick.time_us), "candle", begins=number > 0)


def texts(item: Instrument, levels: Iterable[tuple[int, int]], padded: bool = False) -> list[list[str]]:
    """Levels as ["price","size"]; `padded` with all the decimals of tick and lot, else the shortest."""
    price, size = (item.price_text, item.size_text) if padded else (item.price_number, item.size_number)
    return [[price(ticks), size(lots)] for ticks, lots in levels]
