"""Each trade once, in order, without silent gaps: however many connections bring them, and however often they break.

Pure but for its lock: the caller fetches the missing trades, and hands the answer back. The plain next trade is
decided in C, by the stream's TradeSequence; here is what is out of the ordinary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from orderbook_ext import ConsistencyLock, TradeSequence

from ..model import Trade, TradeGap
from ..protocol.events import TradeEvent
from ..protocol.venue import TradeIds

# Trades of one stream that two connections may be apart.
REMEMBERED = 2048
# Trades that wait for the missing ones at most; with more of them the gap is reported, and they go on.
HELD = 5000

Output = Trade | TradeGap


@dataclass(slots=True)
class Accepted:
    """What came of a trade: what to pass on now, and since which trade the venue is to be asked."""

    out: Sequence[Output] = ()
    fill_since: Trade | None = None


@dataclass(slots=True)
class _Stream:
    sequence: TradeSequence
    held: list[Trade] = field(default_factory=list)
    """Trades that wait for the venue's history, while `sequence.filling`."""


class TradeSequencer:
    """Follows the trades of one venue's streams. Thread-safe.

    While one connection takes over from another both bring the same trades, and neither may be ignored: the old one
    may be ahead and the new one may outlive it. The first to bring a trade counts. A gap (consecutive ids that jump,
    or a lost connection where ids do not tell) is filled from the venue's own history where `fills`, while newer trades
    wait; what cannot be filled is reported as a TradeGap.
    """

    def __init__(self, ids: TradeIds, fills: bool, remembered: int = REMEMBERED) -> None:
        self._ids = ids
        self._fills = fills
        self._remembered = remembered
        self._lock = ConsistencyLock()
        self._streams: dict[str, _Stream] = {}

    def interrupt(self, stream: str) -> None:
        """The connection that brought this stream is gone."""
        with self._lock:
            state = self._streams.get(stream)
            if state is not None and state.sequence.last is not None:
                state.sequence.interrupted = True

    def resume(self, stream: str, trades: Sequence[Trade]) -> None:
        """These were the last trades of this stream, oldest first, before the server was restarted: what is missing
        between the newest of them and the next trade is filled or reported."""
        with self._lock:
            sequence = self._stream(stream).sequence
            if sequence.last is None:
                for trade in trades:
                    sequence.remember(trade)
                    sequence.last = self._newest(sequence.last, trade)
                sequence.interrupted = True

    def has_seen(self, stream: str, trade: Trade) -> bool:
        """Whether this trade of the stream came, or is older than those that are remembered."""
        with self._lock:
            state = self._streams.get(stream)
            if state is None or state.sequence.last is None:
                return False
            return state.sequence.has_seen(trade) or not self._newer(trade, state.sequence.last)

    def start_fill(self, stream: str) -> Trade | None:
        """A trade of this stream may have been lost: since which trade the venue is to be asked now, if it can be.

        Otherwise the loss is a gap before the next trade.
        """
        with self._lock:
            state = self._streams.get(stream)
            if state is None or state.sequence.last is None:
                return None
            if not self._fills or state.sequence.filling:
                state.sequence.interrupted = True
                return None
            state.sequence.filling = True
            last: Trade = state.sequence.last
            return last

    def accept_next(self, event: TradeEvent) -> bool | None:
        """True for the plain next trade of its stream, False for one that came already; nothing else is to be done.

        None: accept_trade() decides; nothing has changed.
        """
        state = self._streams.get(event.stream)
        return None if state is None or event.past else state.sequence.accept(event.trade)

    def accept_trade(self, event: TradeEvent) -> Accepted:
        """A trade arrived."""
        with self._lock:
            state, trade = self._stream(event.stream), event.trade
            if not state.sequence.remember(trade):
                return Accepted()
            last = state.sequence.last
            if event.past and (last is None or not self._newer(trade, last)):
                return Accepted()  # Before the first trade that was received.
            if state.sequence.filling:
                state.held.append(trade)
                return Accepted(self._give_up(state)) if len(state.held) > HELD else Accepted()
            return self._follow(state, trade)

    def finish_fill(self, stream: str, trades: Sequence[Trade] | None) -> Sequence[Output]:
        """The venue's answer, or None if there is none: what to pass on now."""
        with self._lock:
            state = self._streams[stream]
            last = state.sequence.last
            if not state.sequence.filling or last is None:
                return ()
            if trades is None:
                return self._give_up(state)
            reached = any(not self._newer(trade, last) for trade in trades)
            fresh = [trade for trade in trades if self._newer(trade, last) and state.sequence.remember(trade)]
            held, state.held, state.sequence.filling = state.held, [], False
            return self._in_order(state.sequence, [*fresh, *held], reached)

    def _stream(self, name: str) -> _Stream:
        """Lock held."""
        state = self._streams.get(name)
        if state is None:
            state = self._streams[name] = _Stream(TradeSequence(self._lock, self._ids.value, self._remembered))
        return state

    def _follow(self, state: _Stream, trade: Trade) -> Accepted:
        sequence = state.sequence
        last, missing = sequence.last, self._missing(sequence, trade)
        if missing is None or last is None:
            sequence.last, sequence.interrupted = self._newest(last, trade), False
            return Accepted((trade,))
        if self._fills:
            sequence.filling, state.held = True, [trade]
            return Accepted(fill_since=last)
        sequence.last, sequence.interrupted = trade, False
        return Accepted((TradeGap(last.trade_id, trade.trade_id, missing), trade))

    def _missing(self, sequence: TradeSequence, trade: Trade) -> int | None:
        """How many trades are missing before this one: None if none is, 0 if the number is not known."""
        if sequence.last is None:
            return None
        if self._ids is TradeIds.CONSECUTIVE:
            missing = trade.number - sequence.last.number - 1
            return missing if missing > 0 else None
        return 0 if sequence.interrupted else None

    def _in_order(self, sequence: TradeSequence, trades: Sequence[Trade], reached: bool) -> list[Output]:
        """All trades behind the last one; gaps between them are reported."""
        out: list[Output] = []
        sequence.interrupted = not reached
        for trade in sorted(trades, key=self._key):
            missing = self._missing(sequence, trade)
            if missing is not None:
                out.append(TradeGap(sequence.last.trade_id, trade.trade_id, missing))
            sequence.interrupted = False
            sequence.last = trade
            out.append(trade)
        return out

    def _give_up(self, state: _Stream) -> list[Output]:
        held, state.held, state.sequence.filling = state.held, [], False
        return self._in_order(state.sequence, held, reached=False)

    def _key(self, trade: Trade) -> tuple[int, int]:
        return (0, trade.exchange_time) if self._ids is TradeIds.OPAQUE else (trade.number, trade.exchange_time)

    def _newer(self, trade: Trade, than: Trade) -> bool:
        """Behind the other; of trades with names and one time both count as newer: the filter of those seen decides."""
        if self._ids is TradeIds.OPAQUE:
            return trade.exchange_time >= than.exchange_time
        return trade.number > than.number

    def _newest(self, last: Trade | None, trade: Trade) -> Trade:
        return trade if last is None or self._newer(trade, last) else last
