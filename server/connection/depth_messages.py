"""Depth frames that the fast lane does not take: those that need a decision, parts of messages, unreadable bytes."""

from __future__ import annotations

from collections.abc import Sequence

from ..book.depth_reader import DepthReader, Frame
from ..book.l3_book import L3Book
from ..book.synchronizer import BookSynchronizer
from ..errors import CorruptError, FrameError
from ..model import Receipt, VenueState
from ..protocol.events import ChecksumSeen
from ..protocol.sequence import Verdict
from ..protocol.venue import Venue
from .connection_books import ConnectionBooks
from .effects import Effect, LogMessage, Reconnect
from .message_count import MessageCount
from .routes import Routes
from .trade_streams import TradeStreams


class DepthMessages:
    """Finds the book and the content of a message. If the message cannot be read, finds the books and trades that it
    may concern.

    Times are monotonic nanoseconds.
    """

    def __init__(
        self, venue: Venue, reader: DepthReader, count: MessageCount, books: ConnectionBooks, trades: TradeStreams,
        routes: Routes,
    ) -> None:  # fmt: skip
        self._venue = venue
        self._reader = reader
        self._count = count
        self._books = books
        self._trades = trades
        self._routes = routes
        positions = venue.DEPTH.positions
        self._orders = {
            sync: L3Book(positions) for sync in books.syncs if sync.plan.orders and positions is not None
        }  # fmt: skip

    @property
    def has_orders(self) -> bool:
        """Whether some books are books of single orders."""
        return bool(self._orders)

    def route_of(self, data: bytes) -> BookSynchronizer | None:
        """The book whose levels a message has. Raises CorruptError."""
        return self._routes.get(self._reader.route(data))

    # -- frames --------------------------------------------------------------------------------------------------

    def frame(self, sync: BookSynchronizer, frame: Frame, data: bytes, at: Receipt) -> Sequence[Effect]:
        """A frame that is a message of its own."""
        if self._venue.COUNTED:
            verdict = self._count.check(frame.last_id)
            if verdict is not Verdict.APPLY:
                return self.report_gap(at.monotonic) if verdict is Verdict.GAP else ()
        return self._books.frame(sync, frame, data, at)

    def report_gap(self, now: int) -> list[Effect]:
        """A message of the connection is missing, and its book is not known."""
        self._books.rebuild(VenueState.GAP, self._count.fault, now)
        return [Reconnect(self._count.fault, broken=True, gap=True)]

    def count_message(self, number: int, now: int) -> Sequence[Effect]:
        """A message has this number and is no depth frame."""
        return self.report_gap(now) if self._count.check(number) is Verdict.GAP else ()

    def read_part(self, data: bytes, at: Receipt) -> Sequence[Effect]:
        """One of several depth frames of a message, which was counted already."""
        frame = self._reader.scan(data)
        sync = self._routes.get(frame.route) if frame is not None else None
        if frame is None:
            return self.unread_part(data, at.monotonic)
        if sync is None:
            return ()
        return self._books.frame(sync, frame, data, at)

    def unread_part(self, data: bytes, now: int) -> list[Effect]:
        """The message counted, so that no number will show the loss: the book that the part names, or all of them."""
        named = self.route_of(data)
        effects: list[Effect] = [LogMessage(f"a part of a message could not be read: {data[:120]!r}")]
        for sync in self._books.syncs if named is None else [named]:
            effects += self._books.unreadable(sync, "a part of a message could not be read", now)
        return effects

    def read(self, data: bytes, at: Receipt, counted: bool = False) -> Sequence[Effect]:
        """What nothing but the depth reader may know. `counted`: its number was counted, so that no number will show
        the loss of a frame that cannot be read; and what has no levels is another message."""
        try:
            sync = self.route_of(data)
        except CorruptError as error:
            return [LogMessage(str(error)), *self.corrupt(data, at.monotonic)]
        if sync is None:
            return ()
        try:
            frame, reason = self._reader.read(data), "it has no levels"
        except FrameError as error:
            frame, reason, counted = None, str(error), False
        if frame is not None:
            return self._books.frame(sync, frame, data, at) if counted else self.frame(sync, frame, data, at)
        if counted:
            return ()
        complaint = LogMessage(f"{sync.plan.stream}: {reason}: {data[:120]!r}")
        return (complaint, *self._books.unreadable(sync, f"a depth frame could not be read: {reason}", at.monotonic))

    # -- books of single orders ------------------------------------------------------------------------------------

    def read_orders(self, data: bytes, at: Receipt) -> Sequence[Effect] | None:
        """A message of a book of orders, as one of levels; None if it is none."""
        try:
            sync = self.route_of(data)
        except CorruptError:
            return None
        orders = self._orders.get(sync) if sync is not None else None
        if sync is None or orders is None:
            return None
        try:
            frames = orders.frames(data)
        except CorruptError:
            return None
        except FrameError as error:
            return (LogMessage(str(error)), *self._books.unreadable(sync, str(error), at.monotonic))
        if frames is None:
            return None
        if self._count.check(orders.number) is Verdict.GAP:
            return self.report_gap(at.monotonic)
        return [effect for frame in frames for effect in self.read_part(frame, at)]

    def checksum(self, event: ChecksumSeen, now: int) -> Sequence[Effect]:
        """The checksum that the venue should send for the present book: of its orders, or of its levels."""
        sync = self._routes.get(event.route)
        if sync is None:
            return ()
        if sync in self._orders:
            sync.checked(self._orders[sync].checksum() == event.value, now)
        else:
            sync.checksum(event.value, now)
        return self._books.requests(sync, now)

    # -- unreadable bytes ------------------------------------------------------------------------------------------

    def not_understood(self, data: bytes, reason: str, now: int) -> Sequence[Effect]:
        """A message that the venue file refuses: a depth frame that cannot be read, or a trade, or neither."""
        try:
            sync = self.route_of(data)
        except CorruptError:
            return [LogMessage(reason), *self.corrupt(data, now)]
        if sync is None:
            return [LogMessage(reason), *self._trades.missed(self._trades.names)]
        return [LogMessage(reason), *self._books.unreadable(sync, f"a depth frame could not be read: {reason}", now)]

    def corrupt(self, data: bytes, now: int) -> list[Effect]:
        """A message that cannot be decoded may have been a trade, or a change of any book whose stream does not show
        every loss. If the message names pairs of this connection, it concerns these pairs."""
        named, trades = self._routes.named_in(data), self._trades.named_in(data)
        known = bool(named or trades)
        effects: list[Effect] = []
        for sync in self._books.syncs:
            if (sync in named or not known) and not (self._venue.COUNTED or sync.shows_gaps):
                effects += self._books.unreadable(sync, "a frame could not be read", now)
        trades |= self._trades.streams_of(named)
        return [*effects, *self._trades.missed(trades if known else self._trades.names)]
