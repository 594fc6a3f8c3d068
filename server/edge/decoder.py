"""Records of the topics as events. Pure: bytes in, an event out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from google.protobuf.message import DecodeError

from onebook.v1 import market_data_pb2, reference_pb2, types_pb2

from ..kafka.contract import BOOK, REF, TRADE
from ..model import Side, Trade, TradeGap, TradesState, VenueState
from .events import BookState, Event, MarketKnown, MarketRemoved, TradeSeen

LARGEST = 2**63 - 1
_STATES = frozenset(map(int, VenueState))
MAX_DECIMALS = 18


class RecordError(ValueError):
    """A record that does not follow the contract. It is counted and left out."""


def decode(kind: str, key: bytes | None, value: bytes | None) -> Event:
    """The event of a record of this kind of topic. Raises RecordError."""
    market, venue = names_of(key)
    try:
        event = _DECODERS[kind](market, venue, value)
    except (DecodeError, ValueError, ArithmeticError) as error:
        raise RecordError(f"{kind} {market}|{venue}: {error}") from None
    return event


def names_of(key: bytes | None) -> tuple[str, str]:
    """Market and venue of a key such as BTC/USDT|NAME. Raises RecordError."""
    try:
        market, separator, venue = (key or b"").decode().rpartition("|")
    except UnicodeDecodeError:
        raise RecordError(f"the key {key!r:.80} is no text") from None
    if not separator or "/" not in market:
        raise RecordError(f"the key {key!r:.80} is not BASE/QUOTE|VENUE")
    return market, venue


def _book(market: str, venue: str, value: bytes | None) -> BookState:
    book = market_data_pb2.StreamVenueBookResponse.FromString(value or b"").book
    if book.market != market or len(book.venues) != 1 or book.venues[0].venue != venue:
        raise ValueError("the value is of another market or venue than the key")
    if not all(-MAX_DECIMALS <= exponent <= MAX_DECIMALS for exponent in (book.price_exponent, book.size_exponent)):
        raise ValueError("an exponent is out of range")
    quality = book.venues[0]
    if quality.state not in _STATES:
        raise ValueError(f"there is no state {quality.state}")
    return BookState(
        market, venue, book.header.epoch, book.header.sequence, book.header.publish_time_nanos,
        int(quality.state) == VenueState.LIVE, min(quality.venue_sequence, LARGEST),
        int(quality.trades_state) == TradesState.RECEIVED, book, quality, value or b"",
    )  # fmt: skip


def _trade(market: str, venue: str, value: bytes | None) -> TradeSeen:
    message = market_data_pb2.StreamTradesResponse.FromString(value or b"")
    gap = message.HasField("gap")
    body: types_pb2.Trade | types_pb2.TradeGap = message.gap if gap else message.trade
    if body.market != market or body.venue != venue or not venue:
        raise ValueError("the value is of another market or venue than the key")
    what = _gap_of(message.gap) if gap else _trade_of(message.trade)
    return TradeSeen(market, venue, body.header.epoch, what, body.receive_time_nanos, body.dropped)


def _trade_of(trade: types_pb2.Trade) -> Trade:
    if not trade.trade_id:
        raise ValueError("a trade has no id")
    return Trade(
        "", trade.trade_id, exact(trade.price, trade.price_exponent), exact(trade.size, trade.size_exponent),
        Side(trade.side), trade.exchange_time_nanos,
    )  # fmt: skip


def _gap_of(gap: types_pb2.TradeGap) -> TradeGap:
    return TradeGap(gap.after_trade_id, gap.before_trade_id, gap.missing)


def _reference(market: str, _venue: str, value: bytes | None) -> MarketKnown | MarketRemoved:
    if value is None:
        return MarketRemoved(market)
    reference = reference_pb2.Reference.FromString(value)
    if reference.market.name != market:
        raise ValueError("the value is of another market than the key")
    return MarketKnown(market, reference.header.epoch, reference)


def exact(mantissa: int, exponent: int) -> Decimal:
    """The number. Raises ValueError for an exponent that no number of the contract has."""
    if not -MAX_DECIMALS <= exponent <= MAX_DECIMALS:
        raise ValueError(f"the exponent {exponent} is out of range")
    return Decimal(mantissa).scaleb(exponent)


_DECODERS: Mapping[str, Callable[[str, str, bytes | None], Event]] = {
    BOOK.name: _book,
    TRADE.name: _trade,
    REF.name: _reference,
}
KINDS_READ = tuple(_DECODERS)
"""The kinds of topics that an edge reads."""
