"""Candles as messages of onebook.v1."""

from __future__ import annotations

from fractions import Fraction

from onebook.v1 import analytics_pb2 as pb
from orderbook_ext import BookStatus

from ...market.market import Market
from ...model import TradesState, VenueState
from ...publish.event_topic import scaled
from ...publish.qualities import MarketQuality
from ..numbers import fitting_decimals, mantissa, rounded, text
from ..sums import EXACT
from .aggregator import CandleAggregator
from .candle import Candle, CandleState, Reconciliation


def candle(message: pb.Candle, made: Candle) -> None:
    """Fills in a candle."""
    message.interval = made.interval.name
    message.open_time_nanos, message.close_time_nanos = made.open_time, made.close_time
    _prices(message, made)
    message.volume, message.quote_volume = text(made.volume), text(made.quote_volume)
    if made.trades is not None:
        message.trades = made.trades
    if made.volume and made.quote_volume is not None:
        message.vwap, message.vwap_exponent = rounded(Fraction(made.quote_volume) / Fraction(made.volume))
    message.state = pb.CandleState.ValueType(made.state)
    message.source = pb.CandleSource.ValueType(made.source)
    message.revision = made.revision
    if made.reconciliation is not None:
        reconciliation(message.reconciliation, made.reconciliation)
    message.open_interest = text(made.open_interest)


def coverage(message: pb.Candle, market: Market, candles: CandleAggregator, made: Candle) -> None:
    """Writes the venues whose every trade is in a candle, and the reasons for the other venues."""
    entries = market.entries
    unlisted = {name for name, entry in entries.items() if entry.state == VenueState.UNSUPPORTED}
    counted, missing = candles.coverage(message.venue, made)
    message.counted_venues.extend(name for name in counted if name not in unlisted)
    missing = tuple(each for each in missing if each.venue not in unlisted)
    for each in missing:
        entry = entries.get(each.venue)
        known = _trouble(entry) if entry is not None and each.ongoing else ""
        message.missing_venues.add(venue=each.venue, reason=known or each.reason, partly=each.partly)
    closed = made.state in (CandleState.COMPLETE, CandleState.PARTIAL_GAP)
    message.complete_over_counted = closed and bool(message.counted_venues) and not any(each.partly for each in missing)


_TROUBLES = {
    TradesState.OVERDUE: "its trades were asked for and not confirmed in time",
    TradesState.REFUSED: "it refuses the subscription of its trades",
    TradesState.MUTE: "it accepted the subscription of its trades and sends none",
}


def _trouble(entry: BookStatus) -> str:
    """Why trades of a venue are not received now, as far as its book or its subscription says."""
    if entry.state != VenueState.LIVE and entry.detail:
        return entry.detail
    return _TROUBLES.get(TradesState(entry.trades_state), "")


def _prices(message: pb.Candle | pb.Reconciliation, made: Candle | Reconciliation) -> None:
    """The four prices at one exponent, if there are any: exact, unless 64 bits have no place for all of them there."""
    prices = {"open": made.open, "high": made.high, "low": made.low, "close": made.close}
    known = {field: price for field, price in prices.items() if price is not None}
    known = {field: EXACT.normalize(price) for field, price in known.items()}
    exact = max((-scaled(price)[1] for price in known.values()), default=0)
    decimals = fitting_decimals(known.values(), exact)
    message.price_exponent = -decimals
    for field, price in known.items():
        setattr(message, field, mantissa(price, decimals))


def reconciliation(message: pb.Reconciliation, made: Reconciliation) -> None:
    """Fills in a comparison."""
    message.time_nanos = made.time
    _prices(message, made)
    message.volume, message.quote_volume = text(made.volume), text(made.quote_volume)
    message.alarm = made.alarm


def encoded_venues(message: pb.Candle, quality: MarketQuality) -> bytes:
    """The quality entries of a candle, to be put at its end; a candle without prices takes their exponent."""
    exponent = message.price_exponent if message.HasField("open") else None
    message.price_exponent, venues = quality.encoded(pb.Candle.VENUES_FIELD_NUMBER, exponent)
    return venues
