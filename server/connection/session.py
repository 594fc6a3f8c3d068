"""One connection's protocol: which books and trades it carries, what to send, and what each frame means.

Pure: the connection thread hands in frames, snapshots and the time, and takes actions out. Snapshots arrive on another
thread, hence the lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..book.depth_reader import DepthReader, Frame
from ..book.l3_book import RawOrders
from ..book.plan_proof import check_plan
from ..book.synchronizer import BookSync
from ..errors import CorruptError, FrameError
from ..model import Instrument, Receipt, TradesState, VenueState
from ..protocol.events import (
    Beat,
    ChecksumSeen,
    Confirmed,
    Counted,
    Event,
    Frames,
    Hello,
    Interest,
    ReconnectRequest,
    Rejected,
    Renewed,
    Reply,
    Restarted,
    Touch,
    TradeEvent,
    Unread,
)  # fmt: skip
from ..protocol.sequence import Verdict
from ..protocol.stream_request import StreamRequest
from ..protocol.trade_order import in_order
from ..protocol.venue import TradeIds, Venue
from .effects import (
    Action,
    Complaint,
    FetchSnapshot,
    InterestSeen,
    Judge,
    Renew,
    Send,
    TradeSeen,
    TradesMissed,
    TradesStanding,
)  # fmt: skip
from .message_count import MessageCount
from .provisional_books import Bridges
from .routes import Routes
from .subscription import TRADES_STATES
from .subscriptions import Subscriptions

SECOND = 1_000_000_000
# Bytes of a message that is no depth frame, and depth frames of one message, at most.
MAX_READ = 4 << 20
MAX_PARTS = 1000


class Session:
    """The books, trades and other streams of one connection.

    `trade_streams` are in the order of `syncs` where there are both. `bridges` stand in for some of the books.
    """

    def __init__(
        self,
        venue: Venue,
        syncs: Sequence[BookSync],
        trade_streams: Sequence[str],
        other_streams: Sequence[str] = (),
        bridges: Bridges | None = None,
    ) -> None:
        self.venue = venue
        for sync in syncs:
            check_plan(venue, sync.plan)
        self.syncs = tuple(syncs)
        self.lock = threading.Lock()
        """Guards all of this object and its books."""
        self.bridges = bridges or Bridges()
        self._routes = Routes((*syncs, *self.bridges.syncs))
        self._traded = dict(zip(trade_streams, syncs, strict=False))
        books = [sync.plan.stream for sync in (*syncs, *self.bridges.syncs)]
        self._subscriptions = Subscriptions(venue, [*books, *trade_streams, *other_streams], self._routes)
        self.trade_streams = tuple(trade_streams)
        self._reader = DepthReader(venue.DEPTH)
        self._held_reader = DepthReader(venue.DEPTH)
        self._snapshot_reader = DepthReader(venue.SNAPSHOT or venue.DEPTH)
        positions = venue.DEPTH.positions
        self._orders = {sync: RawOrders(positions) for sync in syncs if sync.plan.orders and positions is not None}
        self._count = MessageCount()
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

    def holder(self, sync: BookSync) -> BookSync:
        """Who stands behind the public entry of this book now: itself, or its bridge."""
        return self.bridges.of(sync) or sync

    # -- the connection's life -----------------------------------------------------------------------------------

    def opened(self, now: int) -> list[Action]:
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
            for sync in (*self.syncs, *self.bridges.syncs):
                sync.closed(state, reason)
            for bridge in self.bridges.stand_in(state, reason):
                self._routes.add(bridge)
                self._subscriptions.add(bridge.plan.stream)

    def _begin(self, now: int) -> list[Action]:
        for sync in (*self.syncs, *self.bridges.syncs):
            sync.opened(now)
        return self._subscriptions.begin()

    def sent(self, request: StreamRequest, now: int) -> None:
        """A request that begins streams has left."""
        with self.lock:
            self._subscriptions.sent(request, now)
            for stream in request.streams:
                sync = self._routes.get(stream)
                if sync is not None:
                    sync.sent(now)

    def trades_state(self, stream: str) -> TradesState:
        """What is known of the subscription of a trade stream."""
        with self.lock:
            return self._standings.get(stream, TradesState.WAITING)

    def trades_mute(self, stream: str, now: int) -> list[Action]:
        """This trade stream says nothing, though others that should be as busy go on."""
        with self.lock:
            return [*self._subscriptions.mute(stream, now), *self._report_trades()]

    # -- what comes in -------------------------------------------------------------------------------------------

    def receive(self, data: bytes, at: Receipt) -> Sequence[Action]:
        """A text or binary message arrived."""
        with self.lock:
            try:
                if self._orders and (actions := self._receive_orders(data, at)) is not None:
                    return actions
                frame = self._reader.scan(data)
                if frame is not None:
                    sync = self._routes.get(frame.route)
                    if sync is not None:
                        return self._depth(sync, frame, data, at)
                return self._receive_slowly(data, at)
            except Exception as error:
                # A defect of ours in one kind of message: what it said is unknown, and the connection goes on.
                return [
                    _defect(f"a message was not understood: {data[:120]!r}", error),
                    *self._corrupt(data, at.monotonic),
                ]

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

    def tick(self, now: int) -> list[Action]:
        """Time passes; call it a few times a second."""
        actions: list[Action] = []
        with self.lock:
            for sync in (*self.syncs, *self.bridges.syncs):
                actions += self._guarded(sync, now, lambda sync=sync: sync.tick(now))  # type: ignore[misc]
            self._note_received()
            actions += self._subscriptions.due(now)
            actions += self._report_trades()
            text = self.venue.heartbeat()
            if text is not None and self._greeted and now >= self._next_heartbeat:
                self._next_heartbeat = now + int(self.venue.LIMITS.heartbeat * SECOND)
                actions.append(Send(text))
        return actions

    def drop(self, instrument: Instrument) -> list[Action]:
        """Ends the streams of one instrument; all others go on."""
        with self.lock:
            gone = [sync for sync in (*self.syncs, *self.bridges.syncs) if sync.plan.instrument == instrument]
            for sync in gone:
                sync.release()
                self._routes.drop(sync)
            self.syncs = tuple(sync for sync in self.syncs if sync not in gone)
            self.bridges.drop(gone)
            shared = {stream for sync in self.syncs for stream in self._streams_of(sync.plan.instrument)}
            names = ({sync.plan.stream for sync in gone} | self._streams_of(instrument)) - shared
            return self._subscriptions.end(names)

    def _streams_of(self, instrument: Instrument) -> set[str]:
        venue = self.venue
        return {venue.trade_stream(instrument), venue.ticker_stream(instrument), venue.interest_stream(instrument)}

    def rebuild(self, sync: BookSync, reason: str, now: int) -> None:
        """Somebody wants this book built anew; it is asked for by the next receive() or tick()."""
        with self.lock:
            sync.lost(VenueState.SYNCING, reason, now)

    # -- books of single orders ----------------------------------------------------------------------------------

    def _receive_orders(self, data: bytes, at: Receipt) -> Sequence[Action] | None:
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
            return (Complaint(str(error)), *self._wishes(sync, at.monotonic))
        if frames is None:
            return None
        if self._count.check(orders.number) is Verdict.GAP:
            return self._hole(at.monotonic)
        return [action for frame in frames for action in self._part(frame, at)]

    # -- depth frames --------------------------------------------------------------------------------------------

    def _depth(self, sync: BookSync, frame: Frame, data: bytes, at: Receipt) -> Sequence[Action]:
        if self.venue.COUNTED:
            verdict = self._count.check(frame.last_id)
            if verdict is not Verdict.APPLY:
                return self._hole(at.monotonic) if verdict is Verdict.GAP else ()
        return self._frame(sync, frame, data, at)

    def _frame(self, sync: BookSync, frame: Frame, data: bytes, at: Receipt) -> Sequence[Action]:
        try:
            sync.frame(frame, data, at)
        except Exception as error:
            return self._broken(sync, error, at.monotonic)
        return self._wishes(sync, at.monotonic)

    def _guarded(self, sync: BookSync, now: int, step: Callable[[], None]) -> Sequence[Action]:
        """Does something with one book, whose trouble is not the others'."""
        try:
            step()
        except Exception as error:
            return self._broken(sync, error, now)
        return self._wishes(sync, now)

    def _broken(self, sync: BookSync, error: Exception, now: int) -> list[Action]:
        """A defect of ours met one book: that book is built anew."""
        sync.lost(VenueState.SUSPECT, f"internal error: {error!r}", now)
        return [_defect(f"{sync.plan.stream}: the book could not be kept", error), *self._wishes(sync, now)]

    def _hole(self, now: int) -> list[Action]:
        """A message of the connection is missing, and nothing says whose it was."""
        for sync in self.syncs:
            sync.lost(VenueState.GAP, self._count.fault, now)
        return [Renew(self._count.fault, broken=True, hole=True)]

    # -- wishes --------------------------------------------------------------------------------------------------

    def _wishes(self, sync: BookSync, now: int) -> list[Action]:
        actions: list[Action] = []
        if self.bridges and (passed := self.bridges.pass_over(sync)) is not None:
            self._routes.drop(passed)
            self._subscriptions.end_soon(passed.plan.stream, now)
        wishes = sync.take_wishes(now)
        plan = sync.plan
        if wishes.snapshot and plan.snapshot is not None:
            actions.append(FetchSnapshot(sync, plan.snapshot, sync.subscription, wishes.quiet))
        if wishes.audit and plan.audit is not None:
            actions.append(FetchSnapshot(sync, plan.audit, sync.subscription, audit=True))
        if wishes.complaint:
            actions.append(Complaint(f"{plan.stream}: {wishes.complaint}"))
        if wishes.resubscribe:
            actions += self._subscriptions.repeat(sync, now)
        if wishes.judge:
            actions.append(self._judge(sync, wishes.judge, wishes.hopeless))
        return actions

    def _judge(self, sync: BookSync, reason: str, hopeless: bool) -> Action:
        """The venue gives no book of this pair. Where it gives none at all on this connection, that may be at fault:
        it is opened anew, once."""
        if any(other.live for other in self.syncs):
            self._reopened = False
        elif not (hopeless or self._reopened) and not any(other.spoke for other in self.syncs):
            self._reopened = True
            return Renew(
                f"no book comes on this connection, though subscribed; {sync.plan.stream}: {reason}", broken=True
            )
        return Judge(sync.plan.instrument, reason, hopeless)

    # -- other messages ------------------------------------------------------------------------------------------

    def _receive_slowly(self, data: bytes, at: Receipt) -> Sequence[Action]:
        """Everything that the depth scanner does not know."""
        if len(data) > MAX_READ:
            text = f"a message of {len(data):,} bytes that is no depth frame: {data[:80]!r}"
            return [Complaint(text), *self._corrupt(data, at.monotonic)]
        try:
            events = self.venue.read(data)
        except CorruptError as error:
            return [Complaint(str(error)), *self._corrupt(data, at.monotonic)]
        except FrameError as error:
            return self._not_understood(data, str(error), at)
        if not events:
            return self._depth_slowly(data, at)
        actions: list[Action] = []
        for event in in_order(events, self.venue.TRADE_IDS):
            actions += self._event(event, at)
        if all(isinstance(event, Counted) for event in events):
            # It has a number and nothing else that the venue file knows: a depth frame, or nothing of ours.
            actions += self._depth_slowly(data, at, counted=True)
        return actions

    def _not_understood(self, data: bytes, reason: str, at: Receipt) -> Sequence[Action]:
        """A message that the venue file refuses: a depth frame that cannot be read, or a trade, or neither."""
        try:
            sync = self._routes.get(self._reader.route(data))
        except CorruptError:
            return [Complaint(reason), *self._corrupt(data, at.monotonic)]
        if sync is not None:
            sync.unreadable(f"a depth frame could not be read: {reason}", at.monotonic)
            return [Complaint(reason), *self._wishes(sync, at.monotonic)]
        return [Complaint(reason), *self._missed(self.trade_streams)]

    def _missed(self, streams: Iterable[str]) -> list[Action]:
        """Trades may be lost: where ids rise by one, or messages are counted, the next one shows whether they are."""
        if self.venue.COUNTED or self.venue.TRADE_IDS is TradeIds.CONSECUTIVE:
            return []
        return [TradesMissed(stream) for stream in streams]

    def _event(self, event: Event, at: Receipt) -> Iterable[Action]:
        now = at.monotonic
        if isinstance(event, TradeEvent):
            return self._trade(event, now)
        if isinstance(event, Counted):
            return self._hole(now) if self._count.check(event.number) is Verdict.GAP else ()
        if isinstance(event, Confirmed):
            self._subscriptions.confirmed(event)
            self._routes.confirm(event)
            return self._report_trades()
        if isinstance(event, Rejected):
            return self._refused(event, now)
        if isinstance(event, Renewed):
            self._routes.confirm(Confirmed((event.stream,)))
        elif isinstance(event, Touch):
            return self._evidence(event, now)
        elif isinstance(event, ChecksumSeen):
            return self._checksum(event, now)
        elif isinstance(event, Interest):
            self._subscriptions.received(self._routes.stream(event.stream))
            return (InterestSeen(replace(event, stream=self._routes.stream(event.stream))),)
        elif isinstance(event, Frames) and len(event.frames) > MAX_PARTS:
            return self._unread_part(event.frames[MAX_PARTS], now)
        elif isinstance(event, Frames):
            return [action for data in event.frames for action in self._part(data, at)]
        else:
            return self._control(event, now)
        return ()

    def _checksum(self, event: ChecksumSeen, now: int) -> Iterable[Action]:
        sync = self._routes.get(event.route)
        if sync is None:
            return ()
        if sync in self._orders:
            sync.checked(self._orders[sync].checksum() == event.value, now)
        else:
            sync.checksum(event.value, now)
        return self._wishes(sync, now)

    def _control(self, event: Event, now: int) -> Iterable[Action]:
        if isinstance(event, Hello):
            if not self._greeted:
                self._greeted = True
                return self._begin(now)
        elif isinstance(event, Reply):
            return (Send(event.text),)
        elif isinstance(event, ReconnectRequest):
            return (Renew(event.reason, broken=False),)
        elif isinstance(event, Unread):
            stream = self._routes.stream(event.stream)
            missed = [stream] if stream in self.trade_streams else [] if stream else self.trade_streams
            return [Complaint(event.reason), *self._missed(missed)]
        elif isinstance(event, Restarted):
            for sync in self.syncs:
                sync.lost(VenueState.STALE, event.reason, now)
        else:
            assert isinstance(event, Beat)
        return ()

    def _trade(self, event: TradeEvent, now: int) -> Iterable[Action]:
        event = replace(event, stream=self._routes.stream(event.stream))
        if self._subscriptions.received(event.stream):
            return [*self._report_trades(), *self._trade(event, now)]
        sync = self._traded.get(event.stream)
        if sync is None or event.past:
            return (TradeSeen(event),)
        trade = event.trade
        return (TradeSeen(event), *self._guarded(sync, now, lambda: sync.traded(trade.price, trade.side, now)))

    # -- subscriptions -------------------------------------------------------------------------------------------

    def _refused(self, event: Rejected, now: int) -> list[Action]:
        """One stream that the venue refuses is asked for more and more seldom; the others of its request at once."""
        actions: list[Action] = [Complaint(f"the venue rejected {event.stream or 'a request'}: {event.reason}")]
        for subscription in self._subscriptions.rejected(event, now):
            sync = self._routes.get(subscription.stream)
            if sync is not None:
                sync.subscription_refused(event.reason, subscription.refusals)
                actions += self._wishes(sync, now)
        return [*actions, *self._subscriptions.due(now), *self._report_trades()]

    def _note_received(self) -> None:
        """Books say by themselves whether their stream has spoken: a frame costs nothing for it."""
        for sync in (*self.syncs, *self.bridges.syncs):
            if sync.spoke:
                self._subscriptions.received(sync.plan.stream)

    def _report_trades(self) -> list[Action]:
        """What has changed of the subscriptions of trades."""
        actions: list[Action] = []
        for stream in self.trade_streams:
            subscription = self._subscriptions.get(stream)
            if subscription is None:
                continue
            state = TRADES_STATES[subscription.state]
            if self._standings.get(stream) is not state:
                self._standings[stream] = state
                actions.append(TradesStanding(stream, state, subscription.reason))
        return actions

    def _evidence(self, event: Touch, now: int) -> Iterable[Action]:
        sync = self._routes.get(event.stream)
        if sync is None:
            return ()
        self._subscriptions.received(self.venue.ticker_stream(sync.plan.instrument))
        return self._guarded(sync, now, lambda: sync.touch(event.bid, event.ask, now))

    def _part(self, data: bytes, at: Receipt) -> Sequence[Action]:
        """One of several depth frames of a message, which was counted already."""
        frame = self._reader.scan(data)
        sync = self._routes.get(frame.route) if frame is not None else None
        if frame is None:
            return self._unread_part(data, at.monotonic)
        if sync is None:
            return ()
        return self._frame(sync, frame, data, at)

    def _unread_part(self, data: bytes, now: int) -> list[Action]:
        """The message counted, so that no number will show the loss: the book that the part names, or all of them."""
        named = self._routes.get(self._reader.route(data))
        actions: list[Action] = [Complaint(f"a part of a message could not be read: {data[:120]!r}")]
        for sync in self.syncs if named is None else [named]:
            sync.unreadable("a part of a message could not be read", now)
            actions += self._wishes(sync, now)
        return actions

    def _depth_slowly(self, data: bytes, at: Receipt, counted: bool = False) -> Sequence[Action]:
        """What nothing but the depth reader may know. `counted`: its number was counted, so that no number will show
        the loss of a frame that cannot be read; and what has no levels is another message."""
        try:
            sync = self._routes.get(self._reader.route(data))
        except CorruptError as error:
            return [Complaint(str(error)), *self._corrupt(data, at.monotonic)]
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
        return (Complaint(f"{sync.plan.stream}: {reason}: {data[:120]!r}"), *self._wishes(sync, at.monotonic))

    def _corrupt(self, data: bytes, now: int) -> list[Action]:
        """What cannot be decoded may have been a change of any book whose stream does not show the loss of every frame,
        or a trade; where it names pairs of ours, it was one of theirs."""
        named = self._routes.named_in(data)
        trades = {stream for stream in self.trade_streams if stream.encode() in data}
        known = bool(named or trades)
        actions: list[Action] = []
        for sync in self.syncs:
            if (sync in named or not known) and not (self.venue.COUNTED or sync.shows_gaps):
                sync.unreadable("a frame could not be read", now)
                actions += self._wishes(sync, now)
        trades |= {stream for stream, sync in self._traded.items() if sync in named}
        return [*actions, *self._missed(trades if known else self.trade_streams)]


def _defect(text: str, error: Exception) -> Complaint:
    return Complaint(text, error)
