"""Markets whose books the test fills."""

from __future__ import annotations

import time

from orderbook_ext import OrderBook
from server.market.market import Market
from server.model import Pair, VenueState


def ignore(_market: Market) -> None:
    """Nobody publishes what changed."""


def market(pair: str, *venues: str) -> Market:
    return Market(Pair.parse(pair), venues or ("alpha",), ignore)


def fill(kept: Market, venue: str, bid: str, ask: str, size: str = "1") -> None:
    """Makes a venue live with one level a side, received now."""
    entry = kept.entries[venue]
    entry.book, now = OrderBook(lock=kept.lock), time.time_ns()
    entry.book.load([(bid, size)] if bid else [], [(ask, size)] if ask else [], whole=True)
    entry.stamp(now, now, time.monotonic_ns(), 1)
    entry.state = VenueState.LIVE
