"""One connection's protocol: which books and trades it carries, what to send, and what each frame means.

Pure: the connection thread hands in frames, snapshots and the time, and takes effects out. Snapshots arrive on another
thread, hence the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orderbook_ext import ConsistencyLock, FrameLane

from ..book.auditor import NEVER
from ..book.depth_reader import DepthReader
from ..book.synchronizer import BookSynchronizer
from ..errors import CorruptError, FrameError
from ..model import Instrument, Receipt, TradesState, VenueState
from ..protocol.events import Counted
from ..protocol.stream_request import StreamRequest
from ..protocol.trade_order import in_order
from ..protocol.venue import Venue
from ..units import SECOND
from .connection_books import ConnectionBooks
from .depth_messages import DepthMessages
from .effects import Effect, FetchSnapshot, LogMessage, Send
from .event_reader import EventReader
from .message_count import MessageCount
from .provisional_books import ProvisionalBooks
from .routes import Routes
from .subscriptions import Subscriptions
from .trade_streams import TradeStreams

# Bytes of a message that is no depth frame, at most.
MAX_READ = 4 << 20


class Session:
    """The books, trades and other streams of one connection.

    `trade_streams` are in the order of `syncs` where there are both. `provisional` books stand in for some of them.
    """

    def __init__(
        self,
        venue: Venue,
        syncs: Sequence[BookSynchronizer],
        trade_streams: Sequence[str],
        other_streams: Sequence[str] = (),
        provisional: ProvisionalBooks | None = None,
    ) -> None:
        self.venue = venue
        self.lock = ConsistencyLock()
        """Guards all of this object and its books."""
        provisional = provisional or ProvisionalBooks()
        self._reader = DepthReader(venue.DEPTH)
        self.held_reader = DepthReader(venue.DEPTH)
        """Reads the frames that waited for a snapshot."""
        self.snapshot_reader = DepthReader(venue.REST_DEPTH or venue.DEPTH)
        """Reads the snapshots that REST answers."""
        decoder = venue.trade_decoder()
        self._counted_trades = decoder if venue.COUNTED else None
        """Reads trades of a venue that counts all messages together; of others the lane does."""
        self._count = MessageCount()
        self.lane = self._reader.lane(self.lock, self.decide, self._count if venue.COUNTED else None)
        """Takes the frames of books with which nothing else is going on; all others decide() is asked about."""
        self._routes = Routes((*syncs, *provisional.syncs), self.lane.forget)
        streams = [sync.plan.stream for sync in (*syncs, *provisional.syncs)]
        self._subscriptions = Subscriptions(venue, [*streams, *trade_streams, *other_streams], self._routes)
        # The parts of the session: its lock guards each of them.
        self.books = ConnectionBooks(venue, syncs, provisional, self._routes, self._subscriptions)
        self.trades = TradeStreams(venue, trade_streams, self.books, self._routes, self._subscriptions)
        if decoder is not None and not venue.COUNTED:
            self.lane.trades = self.trades.make_lane(decoder, MAX_READ)
        self.depth = DepthMessages(venue, self._reader, self._count, self.books, self.trades, self._routes)
        self.events = EventReader(
            venue, self.books, self.depth, self.trades, self._routes, self._subscriptions, self._greet
        )
        self.receive: Callable[[bytes, Receipt], Sequence[Effect]]
        """A text or binary message arrived."""
        self.receive = self._receive_with_orders if self.depth.has_orders else self.lane.receive
        self._tap: Callable[[bytes, Receipt], object] | None = None
        self._greeted = False
        self._next_heartbeat = 0
        self._beats = venue.heartbeat() is not None
        self._of_orders = 0
        """Messages that the lane was not asked about."""

    @property
    def path(self) -> str:
        """Path below the venue's websocket endpoint."""
        return self._subscriptions.path

    @property
    def syncs(self) -> tuple[BookSynchronizer, ...]:
        """The books, without provisional ones."""
        return self.books.syncs

    @property
    def trade_streams(self) -> tuple[str, ...]:
        """The names of the streams of trades."""
        return self.trades.names

    @property
    def live(self) -> bool:
        """Whether every book is live."""
        return all(sync.live for sync in self.syncs)

    def holder(self, sync: BookSynchronizer) -> BookSynchronizer:
        """Who stands behind the public entry of this book now: itself, or its provisional book."""
        return self.books.provisional.of(sync) or sync

    @property
    def messages(self) -> int:
        """Messages received. Takes no lock."""
        return self.lane.taken + self.lane.left + self._of_orders

    @property
    def plain_lane(self) -> FrameLane | None:
        """The lane, if receive() is the lane's; None: each message is looked at before."""
        return None if self.depth.has_orders else self.lane

    def record(self, tap: Callable[[bytes, Receipt], object]) -> None:
        """Passes each message, with its receipt, to a recorder: with the lock held, before it is used."""
        if self.depth.has_orders:
            self._tap = tap
        else:
            self.lane.tap = tap

    # -- the connection's life -----------------------------------------------------------------------------------

    def opened(self, now: int) -> list[Effect]:
        """The connection is up (monotonic nanoseconds)."""
        with self.lock:
            self._next_heartbeat = now + int(self.venue.LIMITS.heartbeat * SECOND)
            self._count.clear()
            self._subscriptions.forget()
            self.trades.forget()
            self._greeted = False
            return [] if self.venue.GREETS else self._greet(now)

    def _greet(self, now: int) -> list[Effect]:
        """The venue is ready for requests: everything is asked for, once."""
        if self._greeted:
            return []
        self._greeted = True
        self.books.opened(now)
        return self._subscriptions.begin()

    def closed(self, state: VenueState, reason: str) -> None:
        """The connection is gone, or could not be made."""
        with self.lock:
            self.trades.forget()
            self.books.closed(state, reason)

    def sent(self, request: StreamRequest, now: int) -> None:
        """A request that begins streams has left."""
        with self.lock:
            self._subscriptions.sent(request, now)
            for stream in request.streams:
                sync = self._routes.get(stream)
                if sync is not None:
                    sync.requested(now)

    def tick(self, now: int) -> list[Effect]:
        """Time passes; call it a few times a second."""
        effects: list[Effect] = []
        with self.lock:
            books = self.books.all
            for sync in books:
                effects += self.books.tick(sync, now)
            for sync in books:
                if sync.spoke:  # Books say by themselves whether their stream has spoken: a frame costs nothing for it.
                    self._subscriptions.received(sync.plan.stream)
            effects += self._subscriptions.due(now)
            effects += self.trades.report()
            if now >= self._next_heartbeat and self._greeted:
                self._next_heartbeat = now + int(self.venue.LIMITS.heartbeat * SECOND)
                text = self.venue.heartbeat()
                if text is not None:
                    effects.append(Send(text))
        return effects

    @property
    def rests_until(self) -> int:
        """tick() was just called: until when a further call does nothing, if messages that the lane takes are all that
        happens meanwhile (monotonic nanoseconds); 0: it may do something."""
        with self.lock:
            books = self.books
            if books.provisional or not self._subscriptions.settled(sync.plan.stream for sync in books.syncs):
                return 0
            until = self._next_heartbeat if self._beats else NEVER
            return min([until, *(sync.rests_until for sync in books.syncs)])

    # -- commands ------------------------------------------------------------------------------------------------

    def trades_state(self, stream: str) -> TradesState:
        """What is known of the subscription of a trade stream."""
        with self.lock:
            return self.trades.state(stream)

    def trades_mute(self, stream: str, now: int) -> list[Effect]:
        """This trade stream says nothing, though others that should be as busy go on."""
        with self.lock:
            return [*self._subscriptions.mute(stream, now), *self.trades.report()]

    def resync(self, sync: BookSynchronizer, reason: str, now: int) -> None:
        """The book is to be built anew; its snapshot is asked for by the next receive() or tick()."""
        with self.lock:
            sync.rebuild(VenueState.SYNCING, reason, now)

    def drop(self, instrument: Instrument) -> list[Effect]:
        """Ends the streams of one instrument; all others go on."""
        with self.lock:
            dropped = self.books.drop(instrument)
            shared = {stream for sync in self.syncs for stream in self._streams_of(sync.plan.instrument)}
            return self._subscriptions.end((dropped | self._streams_of(instrument)) - shared)

    def _streams_of(self, instrument: Instrument) -> set[str]:
        venue = self.venue
        return {venue.trade_stream(instrument), venue.ticker_stream(instrument), venue.interest_stream(instrument)}

    # -- answers by REST -----------------------------------------------------------------------------------------

    def snapshot(self, fetch: FetchSnapshot, body: bytes, at: Receipt) -> None:
        """The answer to a FetchSnapshot. What the book wants after it comes out of the next receive() or tick().

        One that a connection since lost has asked for is dropped: it may be older than the new subscription.
        """
        with self.lock:
            if fetch.stale:
                return
            if fetch.audit:
                fetch.sync.audited(self.snapshot_reader, body, at.monotonic)
            else:
                fetch.sync.snapshot(self.snapshot_reader, self.held_reader, body, at)

    def snapshot_failed(
        self, fetch: FetchSnapshot, reason: str, now: int, retry_after: float = 0.0, *, refused: bool = False
    ) -> None:
        """The snapshot cannot be had now; `refused`: the venue answers, and says no."""
        with self.lock:
            if fetch.stale:
                return
            if fetch.audit:
                fetch.sync.audit_failed(now)
            else:
                fetch.sync.snapshot_failed(reason, now, retry_after, refused=refused)

    # -- messages ------------------------------------------------------------------------------------------------

    def _receive_with_orders(self, data: bytes, at: Receipt) -> Sequence[Effect]:
        """As receive(), where books of single orders are among the others."""
        with self.lock:
            if self._tap is not None:
                self._tap(data, at)
            try:
                effects = self.depth.read_orders(data, at)
            except Exception as error:
                self._of_orders += 1
                return self.decide(data, at, error)
            if effects is None:
                effects = self.lane.receive(data, at)
            else:
                self._of_orders += 1
            return effects

    def decide(self, data: bytes, at: Receipt, error: Exception | None) -> Sequence[Effect]:
        """A message that is not, or not only, the plain next frame of a book with which nothing else is going on.

        `error` is what that led to. The lock is held.
        """
        try:
            if error is not None:
                raise error
            return self._receive_untaken(data, at)
        except Exception as error:
            return self._defective(data, error, at.monotonic)

    def _defective(self, data: bytes, error: Exception, now: int) -> Sequence[Effect]:
        """A defect of ours in one kind of message, or in one book; the connection goes on."""
        if self.lane.book is not None:
            return self.books.broken(self.lane.book.owner, error, now)
        # What it said is unknown.
        complaint = LogMessage(f"a message was not understood: {data[:120]!r}", error)
        return [complaint, *self.depth.corrupt(data, now)]

    def _receive_untaken(self, data: bytes, at: Receipt) -> Sequence[Effect]:
        if self.lane.book is not None:
            return self.books.requests(self.lane.book.owner, at.monotonic)
        frame = self._reader.held
        sync = self._routes.get(frame.route) if frame is not None else None
        if frame is None or sync is None:
            return self._receive_other(data, at)
        if sync.lane is not None and not self.depth.has_orders:
            self.lane.bind(sync.lane)
        return self.depth.frame(sync, frame, data, at)

    def _receive_other(self, data: bytes, at: Receipt) -> Sequence[Effect]:
        """Everything that the depth scanner does not know."""
        if len(data) > MAX_READ:
            text = f"a message of {len(data):,} bytes that is no depth frame: {data[:80]!r}"
            return [LogMessage(text), *self.depth.corrupt(data, at.monotonic)]
        if self._counted_trades is not None and (trades := self._counted_trades.read(data)) is not None:
            counted = self.depth.count_message(self._counted_trades.number, at.monotonic)
            effects = self.trades.received(trades, at.monotonic)
            return [*counted, *effects] if counted else effects
        try:
            events = self.venue.read(data)
        except CorruptError as error:
            return [LogMessage(str(error)), *self.depth.corrupt(data, at.monotonic)]
        except FrameError as error:
            return self.depth.not_understood(data, str(error), at.monotonic)
        if not events:
            return self.depth.read(data, at)
        found: list[Effect] = []
        for event in in_order(events, self.venue.TRADE_IDS):
            found += self.events.read(event, at)
        if all(isinstance(event, Counted) for event in events):
            # It has a number and nothing else that the venue file knows: a depth frame, or nothing of ours.
            found += self.depth.read(data, at, counted=True)
        return found
