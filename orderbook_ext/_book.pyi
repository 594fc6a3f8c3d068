"""Interface of the C core; reference.py offers the same in plain Python.

Numbers are mantissas: value = mantissa / 10**decimals, with the decimals of the book or view they come from.
Every method may be called from any thread. Errors are BookError (a ValueError); a call that raises has changed nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeAlias, final

from .checksum import ChecksumRule
from .json_plan import ShapePlan
from .model import Audit, BookStats, SideVwap
from .shape import FrameShape
from .sweep import Sweep, SweepTerms
from .trades import TradeShape
from .updates import BookUpdate

Row: TypeAlias = Sequence[str | int | Decimal]
Level: TypeAlias = tuple[int, int]
MergedLevel: TypeAlias = tuple[int, int, int]

@final
class FrameDecoder:
    """Scans the frames of one connection into scratch memory that the next scan reuses.

    One thread at a time: a second one gets RuntimeError.
    """

    def __init__(self, shape: FrameShape) -> None: ...
    def scan(self, frame: bytes | bytearray | memoryview, after: int = -1) -> bool:
        """True for a valid JSON frame of this shape, whose levels are then held exactly until the next scan.

        Rows with a sequence number of their own count only if it is above `after`. False for everything else: another
        message, malformed JSON, escapes in keys or in the route, quoted numbers with an exponent, numbers of more than
        64 bits or 18 decimals; frames over 16 MiB, 2**18 levels in one array or 32 nestings. Never raises on content.
        """
    @property
    def valid(self) -> bool:
        """Whether the last scan found a frame."""
    @property
    def route(self) -> str:
        """Text of the route key, "" if absent."""
    @property
    def first_id(self) -> int:
        """-1 if absent, as with every id and the time."""
    @property
    def last_id(self) -> int: ...
    @property
    def previous_id(self) -> int: ...
    @property
    def time(self) -> int:
        """The time: in the venue's own unit if the shape's format is "integer", else in nanoseconds; -1 if absent."""
    @property
    def checksum(self) -> int | None:
        """The venue's checksum of the book after this frame as an unsigned 32-bit number; None if absent."""
    @property
    def snapshot(self) -> bool:
        """The frame says that it is a whole book, not a change."""
    @property
    def bid_count(self) -> int:
        """Levels in the frame, repeated prices and size 0 included."""
    @property
    def ask_count(self) -> int: ...

@final
class BookLock:
    """A mutex shared by the books of one market; pass the same one to each. Never held while Python code runs."""

    def __init__(self) -> None: ...

@final
class ConsistencyLock:
    """Makes several steps on the books and entries of a market one: whoever holds it sees no state between two of them.

    The thread that holds it may take it again.
    """

    def __init__(self) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...

@final
class ChangeMark:
    """Called after every change of a market; calls `notify`, unless the mark of a change before still stands."""

    marked: bool
    """Set by whoever is notified, cleared by who looks at the market before looking."""
    every: bool
    """Notify of each change, marked or not."""

    def __init__(self, notify: Callable[[], object]) -> None: ...
    def __call__(self) -> None: ...

class SequenceState:
    """The numbers of a sequence rule: what a rule in Python is made of, and what the fast lane moves on."""

    position: int
    """The venue's number of the newest update in the book; -1 before the first."""
    other: int
    """What else the rule remembers; -1 at first."""

class StreamPace:
    """The pace of one stream, and what silence is unusual for it. Times are monotonic nanoseconds.

    The threshold is `start` until 50 frames were heard, then six of the longest pauses of late, but at least 3 s and at
    most `start`; it is doubled `doublings` times. A long pause fades by 1/512 with each frame, and one that is far
    beyond all others counts as at most twice what was known. 50 frames in a row without a pause of `start` take a
    doubling away.
    """

    began: int
    """When the stream began."""
    last: int
    """When it spoke last."""
    busy: int
    """Frames in a row without a pause of `start`."""
    doublings: int
    """0 to 16."""

    def __init__(self, start: int) -> None: ...
    def heard(self, now: int) -> None:
        """The stream spoke."""
    @property
    def threshold(self) -> int:
        """Nanoseconds of silence that are nothing unusual."""

@final
class AwaitedPrices:
    """The best prices of a venue's ticker, until the book shows them."""

    def __init__(self) -> None: ...
    @property
    def waits(self) -> bool:
        """They have not been seen yet."""
    def expect(self, bid: Decimal, ask: Decimal) -> None:
        """From now on these are awaited."""
    def seen(self, book: OrderBook) -> bool:
        """Whether the book shows them now: then nothing is awaited any more."""
    def clear(self) -> None:
        """Nothing is awaited."""

class MessageNumbers:
    """The number of the newest message of a connection whose venue counts all of them."""

    last: int | None
    """None before the first."""

class LaneOwner(Protocol):
    """The state machine of a book."""

    def prove(self, frame: FrameDecoder, received: int, monotonic: int, matches: bool | None, /) -> None:
        """The book took a frame after which it is crossed, or not what the venue's checksum says (`matches`; None:
        there is none). Levels, sequence and pace are those after the frame, times and counts those before. The
        consistency lock is held, and the lane disarmed."""

@final
class BookLane:
    """The fast lane of one book, and all that it shares with the state machine that owns it.

    Armed, it takes frames in plain order: the sequence moves on, the levels change, the checksum matches, the times are
    written. Whatever else a frame is, the lane leaves it as it is. The owner disarms it before doing anything else with
    the book, and arms it when nothing is going on.
    """

    def __init__(
        self,
        owner: Any,
        gate: ConsistencyLock,
        lock: BookLock,
        pace: StreamPace,
        awaited: AwaitedPrices,
        *,
        kind: str,
        time_unit: int = 1,
        whole_frames: bool = False,
        checksum: ChecksumRule | None = None,
    ) -> None:
        """`owner` is a LaneOwner; `kind` is one of lane.SEQUENCES; `time_unit` are the nanoseconds in one unit of a
        frame's time. With `whole_frames` each frame replaces the levels."""
    @property
    def owner(self) -> Any: ...
    @property
    def armed(self) -> bool: ...
    def arm(self, book: OrderBook, entry: BookStatus, sequence: SequenceState, on_change: Callable[[], object]) -> None:
        """Frames change this book and entry from now on, while the entry is LIVE. `on_change` is called after each."""
    def disarm(self) -> None:
        """Frames are left until arm()."""

@final
class FrameLane:
    """The fast lane of one connection: the way in for all of its messages."""

    def __init__(
        self,
        decoder: FrameDecoder,
        lock: ConsistencyLock,
        otherwise: Callable[[Any, Any, Exception | None], Any],
        numbers: MessageNumbers | None = None,
    ) -> None:
        """`lock` guards the connection and its books. With `numbers` every message is counted, as last_id.

        `otherwise` is called, with the lock held, with a message, its receipt and None where the lane has left the
        message: nothing has changed, and the decoder holds the frame if the message is one. It is called too where the
        owner of a book was asked about a frame that was taken, `book` being that book; and with the error where the
        owner, or the listener of changes, has raised one.
        """
    @property
    def taken(self) -> int:
        """Frames that were taken."""
    @property
    def left(self) -> int:
        """Messages that were not."""
    @property
    def book(self) -> BookLane | None:
        """Whose the last message was, if it was taken."""
    trades: TradeLane | None
    """Is asked about messages that are no depth frames, before `otherwise`."""
    tap: Callable[[Any, Any], object] | None
    """Is called with each message and its receipt, before anything else, with the lock held."""
    def bind(self, book: BookLane) -> None:
        """Frames with the route of the one that the decoder holds are this book's."""
    def forget(self) -> None:
        """No route is known any more, nor any stream of trades."""
    def receive(self, data: bytes | bytearray | memoryview, at: tuple[int, int], /) -> Any:
        """Takes a message if it is the plain next frame of an armed book and returns (); else returns what `otherwise`
        does. `at` is when it came: nanoseconds UTC, and of the monotonic clock."""

class PlayedTime:
    """The time of a recording: it stands still between two records."""

    utc: int
    """Nanoseconds since 1970."""
    elapsed: int
    """Nanoseconds by the recording's monotonic clocks, one run of the server after the other; never falls."""
    shift: int
    """What the monotonic clock of the present run is to be put forward by."""

    def set(self, utc: int, monotonic: int) -> int:
        """Moves to a record's times; returns its monotonic time among those of all runs, at most 2^63 - 1."""
    def time_ns(self) -> int:
        """`utc`, for whoever takes it for a clock."""
    def monotonic_ns(self) -> int:
        """`elapsed`, likewise."""
    def monotonic(self) -> float:
        """`elapsed` in seconds."""

@final
class LaneRun:
    """Gives consecutive messages of a recording to the lanes of their connections, as each lane's receive() would take
    them, and passes over ticks that do nothing."""

    def __init__(
        self,
        time: PlayedTime,
        decide: Callable[[int, bytes, int, int, Exception | None], object],
        deliver: Callable[[int, Sequence[Any], bool], bool],
    ) -> None:
        """`time` is moved to each record. `decide` is called, with the lane's lock held, where receive() would call
        `otherwise` about a frame that was taken: with the source, the message, its two times, and the error or None.
        `deliver` takes what a message of trades led to, with its source and whether it was one trade that needed no
        decision; it says whether the run is to end."""
    def bind(self, source: int, lane: FrameLane) -> None:
        """Messages of this source are the lane's. A lane that has a tap takes none."""
    def forget(self, source: int | None = None) -> None:
        """Messages of this source, or of all sources, are nobody's."""
    def rest(self, source: int, until: int) -> None:
        """Before this elapsed time ticks of the source do nothing, unless something else than its lane's messages comes
        before: they are passed over."""
    def disturb(self, source: int | None = None) -> None:
        """Something else has come: ticks of this source, or of all sources, are to be played again."""
    def take(self, payload: bytes, count: int, number: int, at: int, until: int) -> tuple[int, int, int]:
        """Plays records of a block of `count` from `number` on, whose body begins at byte `at` of the block's payload;
        returns both of the first record that was not played, and how many messages were.

        The run ends behind a record at `until` (of elapsed time) or later, about which `decide` was asked, or where
        `deliver` says so. It ends before a record of another kind, of an unknown source, or that its lane leaves as
        it is.
        """

@final
class TradeDecoder:
    """Reads messages of trades of one shape into events, without their constructors. One thread at a time.

    `trade` and `event` are classes with the attributes symbol, trade_id, price, size, side and exchange_time, and
    stream, trade and past; `sides` are what a buyer and a seller are. With `numbered` ids are digits.
    """

    def __init__(
        self, shape: TradeShape, trade: type, event: type, sides: Sequence[object], *, numbered: bool
    ) -> None: ...
    @property
    def number(self) -> int:
        """The number of the last message that was read; -1 where messages have none."""
    def read(self, data: bytes) -> list[Any] | None:
        """The events of a message in its order; None if it is none of the shape, which the venue file reads then."""

@final
class TradeSequence:
    """The trades of one stream: the newest one, and the ids of those that came last. Each method holds the lock.

    A trade has the attributes trade_id, a str, and exchange_time. Nothing is decided here but the plain next trade: the
    owner of the stream keeps the rest, with the lock held.
    """

    def __init__(self, lock: ConsistencyLock, ids: str, remembered: int) -> None:
        """`ids` is one of trades.TRADE_IDS; of the trades that came so many ids are remembered."""
    last: Any
    """The newest trade; None before the first."""
    interrupted: bool
    """Trades may be missing behind the last one: the connection was lost."""
    filling: bool
    """Trades wait for the answer of the venue's history."""
    def accept(self, trade: Any) -> bool | None:
        """True for the next trade, which is remembered; False for one that came already. None: the owner decides, since
        it is the first one, or trades may be missing before it, or its id is no plain number; nothing has changed."""
    def remember(self, trade: Any) -> bool:
        """Remembers a trade's id; False if it came already."""
    def has_seen(self, trade: Any) -> bool:
        """Whether the trade's id is among those that are remembered."""

@final
class TradeLane:
    """The fast lane of a connection's trades: a message of one trade, of a stream that needs no decision."""

    def __init__(
        self,
        decoder: TradeDecoder,
        received: Callable[[Any], Any],
        otherwise: Callable[[list[Any], int], Sequence[Any]],
        fault: Callable[[str, str, int], Sequence[Any]],
        *,
        longest: int,
    ) -> None:
        """`received` makes what is returned of an event that `decoder` has read. `otherwise` decides about the events
        of a message that the lane has left, at this monotonic time, and of those that the lane failed to judge. `fault`
        says what follows for the book of a stream that a trade contradicts, and why. Messages of more than `longest`
        bytes are not read.
        """
    @property
    def taken(self) -> int:
        """Trades that were taken."""
    def bind(self, stream: str, book: BookLane | None = None, counter: TradeThroughCounter | None = None) -> None:
        """From now on trades of this stream need no decision while the lane of their book is armed, if they have one.
        `counter` holds them against that book. ValueError for a counter without a book."""
    def forget(self, stream: str | None = None) -> None:
        """Trades of this stream need a decision, or those of all streams."""

@final
class TradeThroughCounter:
    """Counts trades that cannot have happened on a book. Times are monotonic nanoseconds. One thread at a time.

    Two kinds: trades far outside the touch, and trades through a level that stands. An aggressor who buys takes the
    lowest asks first: where trades go on above an ask that does not change, that ask does not exist at the venue.
    """

    def __init__(self) -> None: ...
    def traded(self, book: OrderBook, price: Decimal, side: int, now: int) -> str:
        """A trade happened; says what is wrong when too many in a row were where this book says that none can be.

        `side` is the aggressor's: 1 buys, 2 sells, 0 is unknown.
        """
    def clear(self) -> None:
        """The book begins anew."""

@final
class OrderBook:
    """One venue's book of one pair, exact.

    Scales start at `price_decimals` and `size_decimals` (0..18) and are widened, never narrowed, when data shows more
    digits. `tick` is the venue's price step, a hint for speed: a wrong one costs time, never exactness. With `depth`
    only that many best levels per side are kept; use it only where the venue itself stops at that depth. With `window`
    the venue keeps those best levels up to date wherever the price goes: what is held is always complete. With
    `written` it knows how each level's numbers were written, for checksums of that (ChecksumRule.written).
    """

    def __init__(
        self,
        price_decimals: int = 0,
        size_decimals: int = 0,
        *,
        tick: str | Decimal | None = None,
        depth: int = 0,
        window: bool = False,
        written: bool = False,
        lock: BookLock | None = None,
    ) -> None: ...
    @property
    def price_decimals(self) -> int: ...
    @property
    def size_decimals(self) -> int: ...
    @property
    def version(self) -> int:
        """Rises by one with every applied change, load or clear."""
    @property
    def lock(self) -> BookLock: ...
    @property
    def whole(self) -> bool:
        """The last load said that it was the whole book, and nothing was cut since."""
    @property
    def lowest_complete_bid(self) -> int:
        """Mantissa of the lowest bid price down to which the book is complete; 0 where whole or unknown."""
    @property
    def highest_complete_ask(self) -> int:
        """Mantissa of the highest ask price up to which the book is complete; 0 where whole or unknown."""
    @property
    def backend(self) -> str:
        """Name of the structure that holds the levels now, for tests and diagnosis."""
    def load(self, bids: Iterable[Row], asks: Iterable[Row], *, whole: bool = False) -> None:
        """Replaces all levels. A row is (price, size, ...): text, int or Decimal; size 0 is no level.

        Rows may come in any order; of rows with the same price the last one counts. Raises LevelError for a row that
        is not exact and non-negative, ScaleError for a number that fits 64 bits at no scale beside the others. The
        scale becomes finer as digits come, and coarser where a number is too large for it and no other needs it.
        """
    def apply(self, bids: Iterable[Row], asks: Iterable[Row]) -> None:
        """Sets the size of each price; size 0 deletes, also where there is nothing to delete. Rows as in load."""
    def load_encoded(
        self,
        response: bytes,
        *,
        fields: tuple[int, int, int],
        decimals: tuple[int, int],
        bounds: tuple[int, int],
        whole: bool = False,
    ) -> None:
        """Replaces all levels by those of an encoded onebook.v1.Book inside a response, without making objects of them.

        `fields`: the numbers of the book in the response, and of bids and asks in the book; `decimals` of its prices
        and sizes. Levels below bounds[0] (bids) and above bounds[1] (asks), as mantissas of the message, are applied
        after the others were loaded: they are not proved complete. Raises as load(), and LevelError for other bytes.
        """
    def load_scanned(self, decoder: FrameDecoder, *, whole: bool = False) -> None:
        """Replaces all levels by those of the decoder's last scan; BookError if that found no depth frame."""
    def apply_scanned(self, decoder: FrameDecoder) -> None:
        """Applies the levels of the decoder's last scan; BookError if that found no depth frame."""
    def feed(self, decoder: FrameDecoder, frame: bytes | bytearray | memoryview) -> bool:
        """decoder.scan and, if it is True, apply_scanned, in one call. No sequence number is checked."""
    def feed_batch(self, decoder: FrameDecoder, frames: Sequence[bytes]) -> int:
        """Feeds many frames with the GIL released, for replays; returns how many were depth frames.

        A ScaleError ends the batch; the frames before it stay applied.
        """
    def clear(self) -> None: ...
    def known(self, levels: int) -> tuple[int, int]:
        """How many of the best `levels` bids and asks are proved complete: from the touch to them none is missing."""
    def checksum(self, rule: ChecksumRule) -> int:
        """The unsigned CRC-32 of the best levels, spelt as the rule says."""
    def best(self) -> tuple[int, int, int, int] | None:
        """Bid price, bid size, ask price, ask size; None if a side is empty."""
    def best_bid(self) -> Level | None: ...
    def best_ask(self) -> Level | None: ...
    def top(self, levels: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """Up to `levels` (price, size) of bids and asks, best first. Kept until the book changes."""
    def top_packed(self, levels: int) -> bytes:
        """top() as rows of four native int64: bid price, bid size, ask price, ask size, best first.

        As many rows as the longer side has levels; where the other side has none, price is -1 and size 0.
        """
    def levels(self) -> tuple[list[Level], list[Level]]:
        """All levels of bids and asks, best first."""
    def counts(self) -> tuple[int, int]:
        """Levels held: bids, asks."""
    def crossed(self) -> bool:
        """The best bid is at or above the best ask."""
    def vwap(self, levels: int) -> tuple[SideVwap, SideVwap]:
        """Exact sums over the best `levels` of bids and asks; ScaleError if one passes 128 bits."""
    def stats(self) -> BookStats: ...
    def check(self) -> None:
        """AssertionError if an invariant does not hold. ONEBOOK_DEBUG=1 calls it after every change."""

@final
class BookStatus:
    """What the market knows of one venue's book; read by ConsolidatedView. Times are in nanoseconds."""

    state: int
    """onebook.v1.VenueState number; only the books of 3 (LIVE) are merged."""
    detail: str
    resyncs: int
    gaps: int
    checksums_verified: int
    checksum_failures: int
    @property
    def frames(self) -> int:
        """How often the entry was stamped: frames that the book has taken while it was here."""
    exchange_time: int
    receive_time: int
    receive_monotonic: int
    sequence: int
    """Negative is unknown, as are times."""

    def __init__(self, name: str, lock: BookLock) -> None: ...
    unverified: bool
    """The venue's own check is broken; the book is served without it."""
    audit: Audit
    """What the last self-audit found."""
    trades_state: int
    """onebook.v1.TradesState number."""
    clock_offset: int
    """Our clock less the venue's, as estimated."""
    clock_uncertainty: int
    """Of that, not negative; both 0 is unknown."""
    def set_unit(self, unit: str | Decimal, *, inverse: bool = False) -> None:
        """What one unit of the book's sizes is in base units, for venues that count contracts.

        With `inverse` it is an amount of the quote currency: a level's size in base units is then size x unit / price,
        rounded down to 8 decimals. Views show base units; the book itself stays as the venue writes it.
        """
    @property
    def name(self) -> str: ...
    @property
    def lock(self) -> BookLock: ...
    @property
    def book(self) -> OrderBook | None: ...
    @book.setter
    def book(self, book: OrderBook | None) -> None:
        """ValueError for a book with another lock."""
    def stamp(self, exchange_time: int, receive_time: int, receive_monotonic: int, sequence: int) -> None:
        """The times and the sequence number of the newest frame, set together."""
    def measure(self) -> None:
        """The next frame that the LIVE book takes is measured. Costs the frames before and after it nothing."""
    @property
    def measured(self) -> tuple[int, int]:
        """Of the frame that was measured last, its receipt and the time when it was in the book (nanoseconds of the
        system's monotonic clock); zeros until then."""
    def digest(self) -> tuple[int, int]:
        """The sequence number of the newest frame, and the digest of the book at it; see orderbook_ext.digest.

        The digest is 0 while the book is not LIVE.
        """

@final
class UpdateLog:
    """The best levels of one venue's book after every one of its updates, in order, for those who need them all.

    Bounded: while `capacity` updates wait the next ones are lost, and counted. The first is of the moment at which the
    log began. Sizes are in base units. An entry without a log pays one comparison a frame; one with logs copies
    `levels` a side for each of them.
    """

    def __init__(self, entry: BookStatus, *, levels: int, capacity: int) -> None:
        """1 to 1000 levels per side, 1 to 65536 updates; else ValueError. It goes on until close() or its end."""
    @property
    def entry(self) -> BookStatus: ...
    @property
    def waiting(self) -> int:
        """Updates that wait now; takes no lock."""
    def take(self) -> tuple[list[BookUpdate], int]:
        """The updates since the last call, oldest first, and how many were lost behind them."""
    def close(self) -> None:
        """Ends the log; what waits can still be taken."""

@final
class ChangeLog:
    """The levels of one venue's book that each of its updates changed, in order: all levels, however deep the book is.

    Levels of a BookUpdate of this log are those that differ from the update before, with their new size; 0: the level
    is gone. SHOWN and REPLACED have the whole book, and a HIDDEN book has no levels from then on. SHOWN is also the
    first update after HIDDEN; REPLACED is also a frame that made the book's scales finer. Bounded: while `capacity`
    updates wait the next ones are lost and counted, and the next one after take() has all changes since the last one
    that was taken. Sizes are in base units; levels that are worth nothing in them are left out. A log costs a copy and
    a comparison of the whole book per frame.
    """

    def __init__(self, entry: BookStatus, *, capacity: int) -> None:
        """1 to 65536 updates; else ValueError. It goes on until close() or its end."""
    @property
    def entry(self) -> BookStatus: ...
    @property
    def waiting(self) -> int:
        """Updates that wait now; takes no lock."""
    def take(self) -> tuple[list[BookUpdate], int]:
        """The updates since the last call, oldest first, and how many were lost behind them. One thread at a time."""
    def close(self) -> None:
        """Ends the log; what waits can still be taken."""

@final
class DigestChain:
    """A digest of all states that one venue's book took, frame by frame.

    Two chains are equal where the same frames were applied to equal books. Frames of a book that is not LIVE do not
    count. An entry without a chain pays one comparison per frame; one with a chain computes a digest per frame.
    """

    def __init__(self, entry: BookStatus) -> None:
        """The chain begins now, and goes on until close() or its end."""
    @property
    def entry(self) -> BookStatus: ...
    def read(self) -> tuple[int, int]:
        """The value of the chain, 0 before the first frame, and the number of frames in it."""
    def digests_at(self, sequence: int) -> tuple[int, ...]:
        """The digests of those of the newest 64 states that had this sequence number, oldest first.

        States are those after frames, and those that are shown first: after snapshots, and when the chain begins.
        """
    def close(self) -> None:
        """Ends the chain; its value stays."""

@final
class ConsolidatedView:
    """The best levels of one market over its LIVE venues, at the finest scales among them, and their encodings.

    `dust`: levels whose size is not strictly greater are left out. At most 64 venues; where they have several locks,
    all are held to read the books. 1..65536 levels. `currencies` has one text a venue: the quote currency of its
    book, "" for the market's own. A venue with another one is left out, as if it had no book, while it has no rate.
    Everything but refresh and sweep reads the state of the last refresh; the constructor makes the first.
    """

    def __init__(
        self,
        market: str,
        venues: Sequence[BookStatus],
        *,
        levels: int,
        dust: str | Decimal | None = None,
        vwap_levels: int = 20,
        currencies: Sequence[str] = (),
    ) -> None: ...
    def set_rate(self, place: int, bid: str | Decimal, ask: str | Decimal) -> None:
        """What one unit of this venue's quote currency brings and costs in the market's: 0 < bid <= ask.

        From the next refresh, and for sweeps at once, its bids are price x bid rounded down, its asks price x ask
        rounded up, with two decimals more than its book has (at most 18). Dust and inverse units are of the book
        before that.
        """
    def suspend(self, place: int) -> None:
        """Takes the rate away again."""
    def sweep(
        self,
        side: int,
        *,
        size: str | int | Decimal | None = None,
        notional: str | int | Decimal | None = None,
        terms: Sequence[SweepTerms],
        beyond_proved: bool = False,
    ) -> Sweep:
        """What an order gets that takes the best levels of all LIVE venues, from the books as they are now.

        Side 0 sells into the bids, 1 buys the asks: either `size` base units, or for `notional` quote units before
        fees. `terms` has one entry per venue; a tuple that is passed again is not read again. Levels are taken by their
        price after fee, equal ones larger size first, then by index; of each as many whole lots of its venue as there
        are and as are left. The walk ends when what is left is no lot of any venue at its next price. Levels beyond
        what a book is proved to be complete to are left out unless `beyond_proved`. Where venues' parts are below
        their minimum the one with the smallest is left out and all is done anew, until there is none. Scales are
        those of the venues, with more decimals of sizes where lots or the amount need them. No number is too large.
        """
    def refresh(self) -> None:
        """Merges anew; never raises on content.

        Where levels do not fit 64 bits at the finest scales, coarser ones are taken that still hold all of them; where
        there are none, as few venues as possible are left out: SUSPECT in the encodings, with the reason as detail.
        """
    @property
    def price_decimals(self) -> int: ...
    @property
    def size_decimals(self) -> int: ...
    @property
    def bids(self) -> tuple[MergedLevel, ...]:
        """(price, size, index of the venue), best first; equal prices larger size first, then by index."""
    @property
    def asks(self) -> tuple[MergedLevel, ...]: ...
    @property
    def spread(self) -> int | None:
        """Best ask less best bid, negative where venues cross; None if a side is empty."""
    @property
    def mid(self) -> int | None:
        """(best bid + best ask) / 2 at price_decimals + 1; None if a side is empty."""
    @property
    def spread_basis_points(self) -> int | None:
        """spread / mid in 1/10,000 basis points, half to even; None if a side is empty or both prices are 0."""
    @property
    def microprice(self) -> int | None:
        """(bid x ask size + ask x bid size) / (bid size + ask size) of the best levels, at the decimals of
        vwap_prices(), half to even; None if a side is empty.
        """
    @property
    def states(self) -> tuple[int, ...]:
        """State of each venue's book as it was merged: one that could not be merged is not live here."""
    @property
    def proved(self) -> tuple[int, int]:
        """How many of bids and of asks, from the best on, lie where every LIVE venue's book is proved complete."""
    @property
    def exchange_time(self) -> int:
        """The venue's time in the newest received frame of the LIVE venues; 0 is unknown."""
    @property
    def receive_time(self) -> int: ...
    @property
    def bid_vwap(self) -> SideVwap:
        """Sums over the best vwap_levels of the merged side."""
    @property
    def ask_vwap(self) -> SideVwap: ...
    def vwap_prices(self) -> tuple[int, int | None, int | None, int | None]:
        """(decimals, bid, ask, (bid + ask) / 2), each rounded once from the exact value, half to even.

        decimals is 12, or fewer (never below price_decimals) so that all, and microprice, fit 64 bits; None for an
        empty side.
        """
    def pack(self) -> bytes:
        """bids, then asks, as native int64 triples: price, size, index of the venue."""
    def encode_book(
        self,
        publish_time: int,
        monotonic: int,
        epoch: int,
        sequence: int,
        heartbeat: bool = False,
        extra: bytes = b"",
    ) -> bytes:
        """A serialized StreamBookResponse (the bytes of GetBookResponse too). Times in nanoseconds; `monotonic` is the
        clock of BookStatus.receive_monotonic. `extra` is put at the end of Book as it is: encoded fields from 12 on."""
    def encode_summary(
        self,
        publish_time: int,
        monotonic: int,
        epoch: int,
        sequence: int,
        heartbeat: bool = False,
        extra: bytes = b"",
    ) -> bytes:
        """A serialized StreamSummaryResponse. `extra` is put at the end of Summary as it is: fields from 19 on."""
    def encode_status(
        self, publish_time: int, monotonic: int, epoch: int, sequence: int, heartbeat: bool = False
    ) -> bytes:
        """A serialized StreamVenueStatusResponse."""
    def encode_qualities(self, field: int, decimals: int, monotonic: int) -> bytes:
        """One VenueQuality per venue as the repeated field `field` of any message, to be put at its end. Prices are at
        `decimals`, which may be negative; a price that these do not hold exactly is left out."""
    def encode_compat(self) -> bytes:
        """A serialized orderbook.Summary: doubles, each the nearest to the exact value."""

class JsonWriter:
    """Writes protobuf bytes as readable JSON, by a plan. Thread-safe."""

    def __init__(self, shapes: tuple[ShapePlan, ...], held: tuple[tuple[int, int], ...]) -> None:
        """`held`: the fields of a response that hold its messages, and their shapes. Raises ValueError for a plan that
        contradicts itself."""
    def line(self, payload: bytes) -> bytes:
        """The message of a response, which is the first of `held` that the response has, as one line of JSON.

        Raises ValueError where the bytes are no message, hold an object twice, which protobuf would merge, or
        contradict themselves. Texts must be UTF-8.
        """
    def lines(self, payload: bytes) -> list[bytes]:
        """Every message of a response that is a list."""
