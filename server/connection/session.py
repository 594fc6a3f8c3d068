"""One connection's protocol: which books and trades it carries, what to send, and what each frame means.

Pure: the connection thread hands in frames, snapshots and the time, and takes effects out. Snapshots arrive on another
thread, hence the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from orderbook_ext import ConsistencyLock

from ..book.depth_reader import DepthReader, Frame
from ..book.l3_book import L3Book
from ..book.plan_proof import check_plan
from ..book.synchronizer import BookSynchronizer
from ..errors import CorruptError, FrameError
from ..model import Instrument, Receipt, TradesState, VenueState
from ..protocol.events import (
    Bbo,
    ChecksumSeen,
    Confirmed,
    Counted,
    Event,
    Frames,
    Heartbeat,
    Hello,
    Interest,
    ReconnectRequest,
    Rejected,
    Reply,
    Restarted,
    Resubscribed,
    TradeEvent,
    Unread,
)  # fmt: skip
from ..protocol.sequence import Verdict
from ..protocol.stream_request import StreamRequest
from ..protocol.trade_order import in_order
from ..protocol.venue import TradeIds, Venue
from ..units import SECOND
from .effects import (
    CheckListing,
    Effect,
    FetchSnapshot,
    LogMessage,
    OpenInterestReceived,
    Reconnect,
    Send,
    TradeReceived,
    TradesMissed,
    TradesStatus,
)  # fmt: skip
from .message_count import MessageCount
from .provisional_books import ProvisionalBooks
from .routes import Routes
from .subscription import TRADES_STATES
from .subscriptions import Subscriptions

# Bytes of a message that is no depth frame, and depth frames of one message, at most.
MAX_READ = 4 << 20
MAX_PARTS = 1000


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
        for sync in syncs:
            check_plan(venue, sync.plan)
        self.syncs = tuple(syncs)
        self.lock = ConsistencyLock()
        """Guards all of this object and its books."""
        self.provisional = provisional or ProvisionalBooks()
        self._reader = DepthReader(venue.DEPTH)
        self._count = MessageCount()
        self.lane = self._reader.lane(self.lock, self._decide, self._count if venue.COUNTED else None)
        """Takes the frames of books with which nothing else is going on; all others _decide() is asked about."""
        self._routes = Routes((*syncs, *self.provisional.syncs), self.lane.forget)
        self._traded = dict(zip(trade_streams, syncs, strict=False))
        books = [sync.plan.stream for sync in (*syncs, *self.provisional.syncs)]
        self._subscriptions = Subscriptions(venue, [*books, *trade_streams, *other_streams], self._routes)
        self.trade_streams = tuple(trade_streams)
        self._trade_decoder = venue.trade_decoder()
        self._held_reader = DepthReader(venue.DEPTH)
        self._snapshot_reader = DepthReader(venue.SNAPSHOT or venue.DEPTH)
        positions = venue.DEPTH.positions
        self._orders = {sync: L3Book(positions) for sync in syncs if sync.plan.orders and positions is not None}
        self.receive: Callable[[bytes, Receipt], Sequence[Effect]]
        """A text or binary message arrived."""
        self.receive = self._receive_with_orders if self._orders else self.lane.receive
        self._greeted = False
        self._next_heartbeat = 0
        self._standings: dict[str, TradesState] = {}
        """By trade stream: what was last said of its subscription."""
        self._reopened = False
        """The connection was opened anew because it brought no book at all; it has brought none since."""

    @property
    def path(self) -> str:
        """Path below the venue's websocket endpoint."""
        return self._subscriptions.path

    @property
    def live(self) -> bool:
        """Whether every book is live."""
        return all(sync.live for sync in self.syncs)

    def holder(self, sync: BookSynchronizer) -> BookSynchronizer:
        """Who stands behind the public entry of this book now: itself, or its provisional book."""
        return self.provisional.of(sync) or sync

    # -- the connection's life -----------------------------------------------------------------------------------

    def opened(self, now: int) -> list[Effect]:
        """The connection is up (monotonic nanoseconds)."""
        with self.lock:
            self._next_heartbeat = now + int(self.venue.LIMITS.heartbeat * SECOND)
            self._count.clear()
            self._subscriptions.forget()
            self._standings.clear()
            self._greeted = not self.venue.GREETS
            return self._begin(now) if self._greeted else []

    def closed(self, state: VenueState, reason: str) -> None:
        """The connection is gone, or could not be made."""
        with self.lock:
            self._standings.clear()
            for sync in (*self.syncs, *self.provisional.syncs):
                sync.closed(state, reason)
            for provisional in self.provisional.stand_in(state, reason):
                self._routes.add(provisional)
                self._subscriptions.add(provisional.plan.stream)

    def _begin(self, now: int) -> list[Effect]:
        for sync in (*self.syncs, *self.provisional.syncs):
            sync.opened(now)
        return self._subscriptions.begin()

    def sent(self, request: StreamRequest, now: int) -> None:
        """A request that begins streams has left."""
        with self.lock:
            self._subscriptions.sent(request, now)
            for stream in request.streams:
                sync = self._routes.get(stream)
                if sync is not None:
                    sync.requested(now)

    def trades_state(self, stream: str) -> TradesState:
        """What is known of the subscription of a trade stream."""
        with self.lock:
            return self._standings.get(stream, TradesState.WAITING)

    def trades_mute(self, stream: str, now: int) -> list[Effect]:
        """This trade stream says nothing, though others that should be as busy go on."""
        with self.lock:
            return [*self._subscriptions.mute(stream, now), *self._report_trades()]

    # -- what comes in -------------------------------------------------------------------------------------------

    def _decide(self, data: bytes, at: Receipt, error: Exception | None) -> Sequence[Effect]:
        """A message that is not, or not only, the plain next frame of a book with which nothing else is going on.

        `error` is what that led to. The lock is held.
        """
        try:
            if error is not None:
                raise error
            return self._receive_untaken(data, at)
        except Exception as error:
            return self._defective(data, error, at.monotonic)

    def _receive_with_orders(self, data: bytes, at: Receipt) -> Sequence[Effect]:
        """As receive(), where books of single orders are among the others."""
        with self.lock:
            try:
                effects = self._receive_orders(data, at)
            except Exception as error:
                return self._decide(data, at, error)
            return self.lane.receive(data, at) if effects is None else effects

    def _receive_untaken(self, data: bytes, at: Receipt) -> Sequence[Effect]:
        if self.lane.book is not None:
            return self._requests(self.lane.book.owner, at.monotonic)
        frame = self._reader.held
        sync = self._routes.get(frame.route) if frame is not None else None
        if frame is None or sync is None:
            return self._receive_slowly(data, at)
        if sync.lane is not None and not self._orders:
            self.lane.bind(sync.lane)
        return self._depth(sync, frame, data, at)

    def _defective(self, data: bytes, error: Exception, now: int) -> Sequence[Effect]:
        """A defect of ours in one kind of message, or in one book; the connection goes on."""
        if self.lane.book is not None:
            return self._broken(self.lane.book.owner, error, now)
        # What it said is unknown.
        complaint = _defect(f"a message was not understood: {data[:120]!r}", error)
        return [complaint, *self._corrupt(data, now)]

    def snapshot(self, fetch: FetchSnapshot, body: bytes, at: Receipt) -> None:
        """The answer to a FetchSnapshot. What the book wants after it comes out of the next receive() or tick().

        One that a connection since lost has asked for is dropped: it may be older than the new subscription.
        """
        with self.lock:
            if fetch.stale:
                return
            if fetch.audit:
                fetch.sync.audited(self._snapshot_reader, body, at.monotonic)
            else:
                fetch.sync.snapshot(self._snapshot_reader, self._held_reader, body, at)

    def snapshot_failed(
        self, fetch: FetchSnapshot, reason: str, now: int, retry_after: float = 0.0, *, refused: bool = False
    ) -> None:
        """The snapshot cannot be had now; `refused`: the venue answers, and says no."""
        with self.lock:
            if not fetch.stale:
                self._fail(fetch, reason, now, retry_after, refused)

    @staticmethod
    def _fail(fetch: FetchSnapshot, reason: str, now: int, retry_after: float, refused: bool) -> None:
        if fetch.audit:
            fetch.sync.audit_failed(now)
        else:
            fetch.sync.snapshot_failed(reason, now, retry_after, refused=refused)

    def tick(self, now: int) -> list[Effect]:
        """Time passes; call it a few times a second."""
        effects: list[Effect] = []
        with self.lock:
            for sync in (*self.syncs, *self.provisional.syncs):
                effects += self._guarded(sync, now, lambda sync=sync: sync.tick(now))  # type: ignore[misc]
            self._note_received()
            effects += self._subscriptions.due(now)
            effects += self._report_trades()
            text = self.venue.heartbeat()
            if text is not None and self._greeted and now >= self._next_heartbeat:
                self._next_heartbeat = now + int(self.venue.LIMITS.heartbeat * SECOND)
                effects.append(Send(text))
        return effects

    def drop(self, instrument: Instrument) -> list[Effect]:
        """Ends the streams of one instrument; all others go on."""
        with self.lock:
            gone = [sync for sync in (*self.syncs, *self.provisional.syncs) if sync.plan.instrument == instrument]
            for sync in gone:
                sync.release()
                self._routes.drop(sync)
            self.syncs = tuple(sync for sync in self.syncs if sync not in gone)
            self.provisional.drop(gone)
            shared = {stream for sync in self.syncs for stream in self._streams_of(sync.plan.instrument)}
            names = ({sync.plan.stream for sync in gone} | self._streams_of(instrument)) - shared
            return self._subscriptions.end(names)

    def _streams_of(self, instrument: Instrument) -> set[str]:
        venue = self.venue
        return {venue.trade_stream(instrument), venue.ticker_stream(instrument), venue.interest_stream(instrument)}

    def resync(self, sync: BookSynchronizer, reason: str, now: int) -> None:
        """Somebody wants this book built anew; it is asked for by the next receive() or tick()."""
        with self.lock:
            sync.rebuild(VenueState.SYNCING, reason, now)

    # -- books of single orders ----------------------------------------------------------------------------------

    def _receive_orders(self, data: bytes, at: Receipt) -> Sequence[Effect] | None:
        """A message of a book of orders, as one of levels; None if it is none."""
        try:
            sync = self._routes.get(self._reader.route(data))
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
            sync.unreadable(str(error), at.monotonic)
            return (LogMessage(str(error)), *self._requests(sync, at.monotonic))
        if frames is None:
            return None
        if self._count.check(orders.number) is Verdict.GAP:
            return self._gap(at.monotonic)
        return [effect for frame in frames for effect in self._part(frame, at)]

    # -- depth frames --------------------------------------------------------------------------------------------

    def _depth(self, sync: BookSynchronizer, frame: Frame, data: bytes, at: Receipt) -> Sequence[Effect]:
        if self.venue.COUNTED:
            verdict = self._count.check(frame.last_id)
            if verdict is not Verdict.APPLY:
                return self._gap(at.monotonic) if verdict is Verdict.GAP else ()
        return self._frame(sync, frame, data, at)

    def _frame(self, sync: BookSynchronizer, frame: Frame, data: bytes, at: Receipt) -> Sequence[Effect]:
        try:
            sync.frame(frame, data, at)
        except Exception as error:
            return self._broken(sync, error, at.monotonic)
        return self._requests(sync, at.monotonic)

    def _guarded(self, sync: BookSynchronizer, now: int, step: Callable[[], None]) -> Sequence[Effect]:
        """Does something with one book, whose trouble is not the others'."""
        try:
            step()
        except Exception as error:
            return self._broken(sync, error, now)
        return self._requests(sync, now)

    def _broken(self, sync: BookSynchronizer, error: Exception, now: int) -> list[Effect]:
        """A defect of ours met one book: that book is built anew."""
        sync.rebuild(VenueState.SUSPECT, f"internal error: {error!r}", now)
        return [_defect(f"{sync.plan.stream}: the book could not be kept", error), *self._requests(sync, now)]

    def _gap(self, now: int) -> list[Effect]:
        """A message of the connection is missing, and nothing says whose it was."""
        for sync in self.syncs:
            sync.rebuild(VenueState.GAP, self._count.fault, now)
        return [Reconnect(self._count.fault, broken=True, gap=True)]

    # -- requests of a book ----------------------------------------------------------------------------------------

    def _requests(self, sync: BookSynchronizer, now: int) -> list[Effect]:
        effects: list[Effect] = []
        if self.provisional and (passed := self.provisional.pass_over(sync)) is not None:
            self._routes.drop(passed)
            self._subscriptions.end_soon(passed.plan.stream, now)
        requests = sync.take_requests(now)
        plan = sync.plan
        if requests.snapshot and plan.snapshot is not None:
            effects.append(FetchSnapshot(sync, plan.snapshot, sync.subscription, requests.quiet))
        if requests.audit and plan.audit is not None:
            effects.append(FetchSnapshot(sync, plan.audit, sync.subscription, audit=True))
        if requests.complaint:
            effects.append(LogMessage(f"{plan.stream}: {requests.complaint}"))
        if requests.resubscribe:
            effects += self._subscriptions.repeat(sync, now)
        if requests.question is not None:
            effects.append(self._check_listing(sync, *requests.question))
        sync.settle()
        return effects

    def _check_listing(self, sync: BookSynchronizer, reason: str, hopeless: bool) -> Effect:
        """The venue gives no book of this pair. Where it gives none at all on this connection, that may be at fault:
        it is opened anew, once."""
        if any(other.live for other in self.syncs):
            self._reopened = False
        elif not (hopeless or self._reopened) and not any(other.spoke for other in self.syncs):
            self._reopened = True
            return Reconnect(
                f"no book comes on this connection, though subscribed; {sync.plan.stream}: {reason}", broken=True
            )
        return CheckListing(sync.plan.instrument, reason, hopeless)

    # -- other messages ------------------------------------------------------------------------------------------

    def _receive_slowly(self, data: bytes, at: Receipt) -> Sequence[Effect]:
        """Everything that the depth scanner does not know."""
        if len(data) > MAX_READ:
            text = f"a message of {len(data):,} bytes that is no depth frame: {data[:80]!r}"
            return [LogMessage(text), *self._corrupt(data, at.monotonic)]
        trades = self._trade_decoder.read(data) if self._trade_decoder is not None else None
        if trades is not None:
            return self._receive_trades(trades, at.monotonic)
        try:
            events = self.venue.read(data)
        except CorruptError as error:
            return [LogMessage(str(error)), *self._corrupt(data, at.monotonic)]
        except FrameError as error:
            return self._not_understood(data, str(error), at)
        if not events:
            return self._depth_slowly(data, at)
        effects: list[Effect] = []
        for event in in_order(events, self.venue.TRADE_IDS):
            effects += self._event(event, at)
        if all(isinstance(event, Counted) for event in events):
            # It has a number and nothing else that the venue file knows: a depth frame, or nothing of ours.
            effects += self._depth_slowly(data, at, counted=True)
        return effects

    def _receive_trades(self, trades: list[TradeEvent], now: int) -> Sequence[Effect]:
        if len(trades) == 1:
            return self._trade(trades[0], now)
        effects: list[Effect] = []
        for trade in in_order(trades, self.venue.TRADE_IDS):
            effects += self._event(trade, Receipt(0, now))
        return effects

    def _not_understood(self, data: bytes, reason: str, at: Receipt) -> Sequence[Effect]:
        """A message that the venue file refuses: a depth frame that cannot be read, or a trade, or neither."""
        try:
            sync = self._routes.get(self._reader.route(data))
        except CorruptError:
            return [LogMessage(reason), *self._corrupt(data, at.monotonic)]
        if sync is not None:
            sync.unreadable(f"a depth frame could not be read: {reason}", at.monotonic)
            return [LogMessage(reason), *self._requests(sync, at.monotonic)]
        return [LogMessage(reason), *self._missed(self.trade_streams)]

    def _missed(self, streams: Iterable[str]) -> list[Effect]:
        """Trades may be lost: where ids rise by one, or messages are counted, the next one shows whether they are."""
        if self.venue.COUNTED or self.venue.TRADE_IDS is TradeIds.CONSECUTIVE:
            return []
        return [TradesMissed(stream) for stream in streams]

    def _event(self, event: Event, at: Receipt) -> Iterable[Effect]:
        now = at.monotonic
        if isinstance(event, TradeEvent):
            return self._trade(event, now)
        if isinstance(event, Counted):
            return self._gap(now) if self._count.check(event.number) is Verdict.GAP else ()
        if isinstance(event, Confirmed):
            self._subscriptions.confirmed(event)
            self._routes.confirm(event)
            return self._report_trades()
        if isinstance(event, Rejected):
            return self._refused(event, now)
        if isinstance(event, Resubscribed):
            self._routes.confirm(Confirmed((event.stream,)))
        elif isinstance(event, Bbo):
            return self._evidence(event, now)
        elif isinstance(event, ChecksumSeen):
            return self._checksum(event, now)
        elif isinstance(event, Interest):
            self._subscriptions.received(self._routes.stream(event.stream))
            return (OpenInterestReceived(replace(event, stream=self._routes.stream(event.stream))),)
        elif isinstance(event, Frames) and len(event.frames) > MAX_PARTS:
            return self._unread_part(event.frames[MAX_PARTS], now)
        elif isinstance(event, Frames):
            return [effect for data in event.frames for effect in self._part(data, at)]
        else:
            return self._control(event, now)
        return ()

    def _checksum(self, event: ChecksumSeen, now: int) -> Iterable[Effect]:
        sync = self._routes.get(event.route)
        if sync is None:
            return ()
        if sync in self._orders:
            sync.checked(self._orders[sync].checksum() == event.value, now)
        else:
            sync.checksum(event.value, now)
        return self._requests(sync, now)

    def _control(self, event: Event, now: int) -> Iterable[Effect]:
        if isinstance(event, Hello):
            if not self._greeted:
                self._greeted = True
                return self._begin(now)
        elif isinstance(event, Reply):
            return (Send(event.text),)
        elif isinstance(event, ReconnectRequest):
            return (Reconnect(event.reason, broken=False),)
        elif isinstance(event, Unread):
            stream = self._routes.stream(event.stream)
            missed = [stream] if stream in self.trade_streams else [] if stream else self.trade_streams
            return [LogMessage(event.reason), *self._missed(missed)]
        elif isinstance(event, Restarted):
            for sync in self.syncs:
                sync.rebuild(VenueState.STALE, event.reason, now)
        else:
            assert isinstance(event, Heartbeat)
        return ()

    def _trade(self, event: TradeEvent, now: int) -> Sequence[Effect]:
        stream = self._routes.stream(event.stream)
        if stream != event.stream:
            event = replace(event, stream=stream)
        if self._subscriptions.received(stream):
            return [*self._report_trades(), *self._trade(event, now)]
        sync = self._traded.get(stream)
        if sync is None or event.past:
            return (TradeReceived(event),)
        try:
            sync.trade(event.trade, now)
        except Exception as error:
            return (TradeReceived(event), *self._broken(sync, error, now))
        if sync.settled:
            return (TradeReceived(event),)
        return (TradeReceived(event), *self._requests(sync, now))

    # -- subscriptions -------------------------------------------------------------------------------------------

    def _refused(self, event: Rejected, now: int) -> list[Effect]:
        """One stream that the venue refuses is asked for more and more seldom; the others of its request at once."""
        effects: list[Effect] = [LogMessage(f"the venue rejected {event.stream or 'a request'}: {event.reason}")]
        for subscription in self._subscriptions.rejected(event, now):
            sync = self._routes.get(subscription.stream)
            if sync is not None:
                sync.refused(event.reason, subscription.refusals)
                effects += self._requests(sync, now)
        return [*effects, *self._subscriptions.due(now), *self._report_trades()]

    def _note_received(self) -> None:
        """Books say by themselves whether their stream has spoken: a frame costs nothing for it."""
        for sync in (*self.syncs, *self.provisional.syncs):
            if sync.spoke:
                self._subscriptions.received(sync.plan.stream)

    def _report_trades(self) -> list[Effect]:
        """What has changed of the subscriptions of trades."""
        effects: list[Effect] = []
        for stream in self.trade_streams:
            subscription = self._subscriptions.get(stream)
            if subscription is None:
                continue
            state = TRADES_STATES[subscription.state]
            if self._standings.get(stream) is not state:
                self._standings[stream] = state
                effects.append(TradesStatus(stream, state, subscription.reason))
        return effects

    def _evidence(self, event: Bbo, now: int) -> Iterable[Effect]:
        sync = self._routes.get(event.stream)
        if sync is None:
            return ()
        self._subscriptions.received(self.venue.ticker_stream(sync.plan.instrument))
        return self._guarded(sync, now, lambda: sync.bbo(event, now))

    def _part(self, data: bytes, at: Receipt) -> Sequence[Effect]:
        """One of several depth frames of a message, which was counted already."""
        frame = self._reader.scan(data)
        sync = self._routes.get(frame.route) if frame is not None else None
        if frame is None:
            return self._unread_part(data, at.monotonic)
        if sync is None:
            return ()
        return self._frame(sync, frame, data, at)

    def _unread_part(self, data: bytes, now: int) -> list[Effect]:
        """The message counted, so that no number will show the loss: the book that the part names, or all of them."""
        named = self._routes.get(self._reader.route(data))
        effects: list[Effect] = [LogMessage(f"a part of a message could not be read: {data[:120]!r}")]
        for sync in self.syncs if named is None else [named]:
            sync.unreadable("a part of a message could not be read", now)
            effects += self._requests(sync, now)
        return effects

    def _depth_slowly(self, data: bytes, at: Receipt, counted: bool = False) -> Sequence[Effect]:
        """What nothing but the depth reader may know. `counted`: its number was counted, so that no number will show
        the loss of a frame that cannot be read; and what has no levels is another message."""
        try:
            sync = self._routes.get(self._reader.route(data))
        except CorruptError as error:
            return [LogMessage(str(error)), *self._corrupt(data, at.monotonic)]
        if sync is None:
            return ()
        try:
            frame, reason = self._reader.read(data), "it has no levels"
        except FrameError as error:
            frame, reason, counted = None, str(error), False
        if frame is not None:
            return self._frame(sync, frame, data, at) if counted else self._depth(sync, frame, data, at)
        if counted:
            return ()
        sync.unreadable(f"a depth frame could not be read: {reason}", at.monotonic)
        return (LogMessage(f"{sync.plan.stream}: {reason}: {data[:120]!r}"), *self._requests(sync, at.monotonic))

    def _corrupt(self, data: bytes, now: int) -> list[Effect]:
        """What cannot be decoded may have been a change of any book whose stream does not show the loss of every frame,
        or a trade; where it names pairs of ours, it was one of theirs."""
        named = self._routes.named_in(data)
        trades = {stream for stream in self.trade_streams if stream.encode() in data}
        known = bool(named or trades)
        effects: list[Effect] = []
        for sync in self.syncs:
            if (sync in named or not known) and not (self.venue.COUNTED or sync.shows_gaps):
                sync.unreadable("a frame could not be read", now)
                effects += self._requests(sync, now)
        trades |= {stream for stream, sync in self._traded.items() if sync in named}
        return [*effects, *self._missed(trades if known else self.trade_streams)]


def _defect(text: str, error: Exception) -> LogMessage:
    return LogMessage(text, error)
