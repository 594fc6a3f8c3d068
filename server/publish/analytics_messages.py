"""What was computed, as messages of onebook.v1."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2
from orderbook_ext import VenueEntry

from ..analytics.candle import Candle, CandleState, Reconciliation
from ..analytics.exact import plain
from ..analytics.price_average import PriceAverage
from ..analytics.sums import EXACT
from ..analytics.trade_vwap import TradeVwap
from ..desks.candles import CandleDesk
from ..desks.interest import VenueInterest
from ..market.market import Market
from ..model import TradesState, VenueState
from .events import scaled

VWAP_DECIMALS = 12
_LARGEST = 2**63 - 1


def text(value: Decimal | None) -> str:
    """Plain decimal text; empty for nothing."""
    return "" if value is None else plain(value)


def price_averages(averages: Iterable[PriceAverage], decimals: int) -> list[types_pb2.PriceAverage]:
    """Averages at so many decimals."""
    return [
        types_pb2.PriceAverage(
            window_nanos=each.window,
            start_time_nanos=max(0, each.start),
            end_time_nanos=max(0, each.end),
            time_weighted=_mantissa(each.time_weighted, decimals),
            sample_mean=_mantissa(each.sample_mean, decimals),
            samples=each.samples,
            coverage_ppm=each.coverage_ppm,
        )
        for each in averages
    ]


def _mantissa(value: Fraction | None, decimals: int) -> int | None:
    """None also of an average that has no place at the decimals of the price of now."""
    if value is None:
        return None
    mantissa: int = round(value * 10**decimals)  # round() of a Fraction is half to even.
    return mantissa if abs(mantissa) <= _LARGEST else None


def trade_vwap(message: pb.TradeVwap, value: TradeVwap) -> None:
    """Fills in a value."""
    if value.vwap is not None:
        message.vwap, message.vwap_exponent = rounded(Fraction(value.vwap))
    message.trades = value.trades
    message.volume, message.quote_volume = text(value.volume), text(value.quote_volume)
    message.first_trade_time_nanos, message.last_trade_time_nanos = max(0, value.first_time), max(0, value.last_time)
    message.last_trade_id = value.last_id
    message.has_gap = value.has_gap


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


def coverage(message: pb.Candle, market: Market, candles: CandleDesk, made: Candle) -> None:
    """Says of which venues a candle has all trades, and why not of the others."""
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


def _trouble(entry: VenueEntry) -> str:
    """Why trades of a venue are not received now, as far as its book or its subscription says."""
    if entry.state != VenueState.LIVE and entry.detail:
        return entry.detail
    return _TROUBLES.get(TradesState(entry.trades_state), "")


def _prices(message: pb.Candle | pb.Reconciliation, made: Candle | Reconciliation) -> None:
    """The four prices at one exponent, if there are any: exact, unless 64 bits have no place for all of them there."""
    prices = {"open": made.open, "high": made.high, "low": made.low, "close": made.close}
    known = {field: price for field, price in prices.items() if price is not None}
    known = {field: EXACT.normalize(price) for field, price in known.items()}
    exponent = min((scaled(price)[1] for price in known.values()), default=0)
    while any(abs(Fraction(price)) / Fraction(10) ** exponent > _LARGEST for price in known.values()):
        exponent += 1
    message.price_exponent = exponent
    for field, price in known.items():
        setattr(message, field, round(Fraction(price) / Fraction(10) ** exponent))


def rounded(value: Fraction) -> tuple[int, int]:
    """Mantissa and exponent with 12 decimals, or as many as 64 bits hold; half to even."""
    decimals = VWAP_DECIMALS
    mantissa: int = round(value * 10**decimals)
    while abs(mantissa) > _LARGEST:
        decimals -= 1
        mantissa = round(value * 10**decimals)
    return mantissa, -decimals


def reconciliation(message: pb.Reconciliation, made: Reconciliation) -> None:
    """Fills in a comparison."""
    message.time_nanos = made.time
    _prices(message, made)
    message.volume, message.quote_volume = text(made.volume), text(made.quote_volume)
    message.alarm = made.alarm


def venue_interest(made: VenueInterest) -> pb.VenueInterest:
    """Open interest of one venue."""
    return pb.VenueInterest(
        venue=made.venue,
        value=text(made.value),
        exchange_time_nanos=max(0, made.exchange_time),
        receive_time_nanos=made.receive_time,
    )
