"""The parts of a session of two books with trades, to be called one by one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from server.book.synchronizer import BookSynchronizer
from server.connection.effects import Effect
from server.connection.session import Session
from server.model import Instrument, Receipt, Side, Trade
from server.protocol.events import TradeEvent
from server.protocol.venue import Venue
from server.units import SECOND
from server.venues.binance import Binance
from tests.connection.test_subscriptions import BTC, ETH, LOCK

NOW = Receipt(10**18, 100 * SECOND)


def two_books(venue: Venue | None = None, instruments: Sequence[Instrument] = (BTC, ETH)) -> Session:
    """A session whose connection is open; everything was asked for."""
    venue = venue or Binance()
    syncs = [
        BookSynchronizer(venue.NAME, venue.book_plan(each, "diff", 1000), venue.LIMITS, LOCK, lambda: None)
        for each in instruments
    ]
    session = Session(venue, syncs, [venue.trade_stream(each) for each in instruments])
    session.opened(NOW.monotonic)
    return session


def trade(session: Session, number: int, *, at: int = 0, past: bool = False) -> TradeEvent:
    """A trade of the first book's stream."""
    made = Trade("BTCUSDT", str(number), Decimal(100), Decimal(1), Side.BUY, at)
    return TradeEvent(session.trade_streams[0], made, past)


def of_kind(effects: Sequence[Effect], kind: type[Effect]) -> list[Effect]:
    """The effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]
