"""The sequence of trades in one piece and in plain Python: the oracle of the one whose steady state is in C."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from server.feed.trade_sequencer import HELD, REMEMBERED, Accepted, Output
from server.model import Trade, TradeGap
from server.protocol.events import TradeEvent
from server.protocol.venue import TradeIds


@dataclass(slots=True)
class _Stream:
    last: Trade | None = None
    seen: OrderedDict[str, None] = field(default_factory=OrderedDict)
    held: list[Trade] = field(default_factory=list)
    filling: bool = False
    broken: bool = False
    """The connection was lost since the last trade."""


class SequencerModel:
    """Does what TradeSequencer does, for one thread."""

    def __init__(self, ids: TradeIds, fills: bool, remembered: int = REMEMBERED) -> None:
        self._ids = ids
        self._fills = fills
        self._remembered = remembered
        self._streams: dict[str, _Stream] = {}

    def interrupt(self, stream: str) -> None:
        """The connection that brought this stream is gone."""
        state = self._streams.get(stream)
        if state is not None and state.last is not None:
            state.broken = True

    def has_seen(self, stream: str, trade: Trade) -> bool:
        """Whether this trade of the stream came, or is older than those that are remembered."""
        state = self._streams.get(stream)
        if state is None or state.last is None:
            return False
        return trade.trade_id in state.seen or not self._newer(trade, state.last)

    def start_fill(self, stream: str) -> Trade | None:
        """A trade of this stream may have been lost: since which trade the venue is to be asked now, if it can be.

        Otherwise the loss is a gap before the next trade.
        """
        state = self._streams.get(stream)
        if state is None or state.last is None:
            return None
        if not self._fills or state.filling:
            state.broken = True
            return None
        state.filling = True
        return state.last

    def accept_trade(self, event: TradeEvent) -> Accepted:
        """A trade arrived."""
        state, trade = self._streams.setdefault(event.stream, _Stream()), event.trade
        if not self._first(state, trade):
            return Accepted()
        if event.past and (state.last is None or not self._newer(trade, state.last)):
            return Accepted()  # From before we listened.
        if state.filling:
            state.held.append(trade)
            return Accepted(self._give_up(state)) if len(state.held) > HELD else Accepted()
        return self._follow(state, trade)

    def finish_fill(self, stream: str, trades: Sequence[Trade] | None) -> Sequence[Output]:
        """The venue's answer, or None if there is none: what to pass on now."""
        state = self._streams[stream]
        if not state.filling or state.last is None:
            return ()
        if trades is None:
            return self._give_up(state)
        last, held = state.last, state.held
        reached = any(not self._newer(trade, last) for trade in trades)
        fresh = [trade for trade in trades if self._newer(trade, last) and self._first(state, trade)]
        state.filling, state.held = False, []
        return self._in_order(state, [*fresh, *held], reached)

    def _follow(self, state: _Stream, trade: Trade) -> Accepted:
        last, missing = state.last, self._missing(state, trade)
        if missing is None or last is None:
            state.last, state.broken = self._newest(last, trade), False
            return Accepted((trade,))
        if self._fills:
            state.filling, state.held = True, [trade]
            return Accepted(fill_since=last)
        state.last, state.broken = trade, False
        return Accepted((TradeGap(last.trade_id, trade.trade_id, missing), trade))

    def _missing(self, state: _Stream, trade: Trade) -> int | None:
        """How many trades are missing before this one: None if none is, 0 if the number is not known."""
        if state.last is None:
            return None
        if self._ids is TradeIds.CONSECUTIVE:
            missing = int(trade.trade_id) - int(state.last.trade_id) - 1
            return missing if missing > 0 else None
        return 0 if state.broken else None

    def _in_order(self, state: _Stream, trades: Sequence[Trade], reached: bool) -> list[Output]:
        """All trades behind the last one; holes between them that are known to be there are told."""
        out: list[Output] = []
        state.broken = not reached
        for trade in sorted(trades, key=self._key):
            missing = self._missing(state, trade)
            if missing is not None and state.last is not None:
                out.append(TradeGap(state.last.trade_id, trade.trade_id, missing))
            state.broken = False
            state.last = trade
            out.append(trade)
        return out

    def _give_up(self, state: _Stream) -> list[Output]:
        held, state.held, state.filling = state.held, [], False
        return self._in_order(state, held, reached=False)

    def _first(self, state: _Stream, trade: Trade) -> bool:
        if trade.trade_id in state.seen:
            return False
        state.seen[trade.trade_id] = None
        if len(state.seen) > self._remembered:
            state.seen.popitem(last=False)
        return True

    def _key(self, trade: Trade) -> tuple[int, int]:
        return (0, trade.exchange_time) if self._ids is TradeIds.OPAQUE else (int(trade.trade_id), trade.exchange_time)

    def _newer(self, trade: Trade, than: Trade) -> bool:
        """Behind the other; of trades with names and one time both count as newer: the filter of those seen decides."""
        if self._ids is TradeIds.OPAQUE:
            return trade.exchange_time >= than.exchange_time
        return int(trade.trade_id) > int(than.trade_id)

    def _newest(self, last: Trade | None, trade: Trade) -> Trade:
        return trade if last is None or self._newer(trade, last) else last
