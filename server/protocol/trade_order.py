"""The trades of one message in the order in which they happened: venues send them either way round."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .events import Event, TradeEvent
from .venue import TradeIds


def in_order(events: Sequence[Event], ids: TradeIds) -> Sequence[Event]:
    """The events with their trades in order, all of them in the place of the first one."""
    trades = [event for event in events if isinstance(event, TradeEvent)]
    if len(trades) < 2:
        return events
    first = next(at for at, event in enumerate(events) if isinstance(event, TradeEvent))
    others = [event for event in events[first:] if not isinstance(event, TradeEvent)]
    return (*events[:first], *_sorted(trades, ids), *others)


def _sorted(trades: list[TradeEvent], ids: TradeIds) -> list[TradeEvent]:
    """By number, or by time: of trades with names the order of those of one time is the order of the message."""
    if ids is not TradeIds.OPAQUE:
        return sorted(trades, key=lambda event: int(event.trade.trade_id))
    times = [event.trade.exchange_time for event in trades]
    if times[0] > times[-1] and all(after <= before for before, after in pairwise(times)):
        trades = trades[::-1]
    return sorted(trades, key=lambda event: event.trade.exchange_time)
