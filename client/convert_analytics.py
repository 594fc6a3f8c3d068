"""Protobuf messages of the analytics in, client messages out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from onebook.v1 import analytics_pb2 as api
from onebook.v1 import types_pb2 as types

from . import convert
from .analytics_messages import (
    Averages,
    Candle,
    CandleSource,
    CandleState,
    MissingVenue,
    OpenInterest,
    Quote,
    QuoteSlice,
    Reconciliation,
    TradeVwap,
    VenueInterest,
)
from .errors import ProtocolError
from .message_parts import Side, VenueQuality
from .numbers import Number, Scales


def averages(message: api.Averages, scales: Scales[Number]) -> Averages[Number]:
    """Averages of the book VWAP price."""
    price = scales.scale(message.price_exponent)
    return Averages(
        convert.header(message.header),
        message.market,
        price(message.price) if message.HasField("price") else None,
        message.vwap_levels,
        tuple([convert.average(window, price) for window in message.windows]),
        tuple([convert.quality(quality, price) for quality in message.venues]),
    )


def trade_vwap(message: api.TradeVwap, scales: Scales[Number]) -> TradeVwap[Number]:
    """VWAP of the newest trades."""
    return TradeVwap(
        convert.header(message.header),
        message.market,
        message.venue,
        scales.scale(message.vwap_exponent)(message.vwap) if message.HasField("vwap") else None,
        message.trades,
        scales.text(message.volume),
        scales.text(message.quote_volume),
        message.first_trade_time_nanos,
        message.last_trade_time_nanos,
        message.last_trade_id,
        message.has_gap,
        message.dropped,
        _qualities(message.venues, scales.scale(message.vwap_exponent)),
    )


def candle(message: api.Candle, scales: Scales[Number]) -> Candle[Number]:
    """One candle, or a heartbeat of their stream."""
    price = scales.scale(message.price_exponent)
    return Candle(
        header=convert.header(message.header),
        market=message.market,
        venue=message.venue,
        interval=message.interval,
        open_time_nanos=message.open_time_nanos,
        close_time_nanos=message.close_time_nanos,
        open=price(message.open) if message.HasField("open") else None,
        high=price(message.high) if message.HasField("high") else None,
        low=price(message.low) if message.HasField("low") else None,
        close=price(message.close) if message.HasField("close") else None,
        volume=_optional(message.volume, scales),
        quote_volume=_optional(message.quote_volume, scales),
        trades=message.trades if message.HasField("trades") else None,
        vwap=scales.scale(message.vwap_exponent)(message.vwap) if message.HasField("vwap") else None,
        state=CandleState(message.state),
        source=CandleSource(message.source),
        revision=message.revision,
        reconciliation=_reconciliation(message.reconciliation, scales) if message.HasField("reconciliation") else None,
        open_interest=_optional(message.open_interest, scales),
        dropped=message.dropped,
        venues=_qualities(message.venues, price),
        counted_venues=tuple(message.counted_venues),
        missing_venues=tuple([MissingVenue(each.venue, each.reason, each.partly) for each in message.missing_venues]),
        complete_over_counted=message.complete_over_counted,
    )


def _qualities(
    messages: Iterable[types.VenueQuality], price: Callable[[int], Number]
) -> tuple[VenueQuality[Number], ...]:
    return tuple([convert.quality(quality, price) for quality in messages])


def _optional(text: str, scales: Scales[Number]) -> Number | None:
    return scales.text(text) if text else None


def _reconciliation(message: api.Reconciliation, scales: Scales[Number]) -> Reconciliation[Number]:
    price = scales.scale(message.price_exponent)
    return Reconciliation(
        message.time_nanos,
        price(message.open) if message.HasField("open") else None,
        price(message.high) if message.HasField("high") else None,
        price(message.low) if message.HasField("low") else None,
        price(message.close) if message.HasField("close") else None,
        _optional(message.volume, scales),
        _optional(message.quote_volume, scales),
        message.alarm,
    )


def open_interest(message: api.OpenInterest, scales: Scales[Number]) -> OpenInterest[Number]:
    """Open interest of every venue."""
    venues = [
        VenueInterest(each.venue, scales.text(each.value), each.exchange_time_nanos, each.receive_time_nanos)
        for each in message.venues
    ]
    qualities = _qualities(message.qualities, scales.scale(message.price_exponent))
    return OpenInterest(convert.header(message.header), message.market, tuple(venues), qualities)


def quote(message: api.Quote, scales: Scales[Number]) -> Quote[Number]:
    """The price of an order."""
    price = scales.scale(message.price_exponent)
    venues = tuple([convert.quality(quality, price) for quality in message.venues])
    names = [quality.name for quality in venues]
    return Quote(
        header=convert.header(message.header),
        market=message.market,
        side=Side(message.side),
        filled=message.filled,
        reason=message.reason,
        size=scales.text(message.size),
        notional=scales.text(message.notional),
        fees=scales.text(message.fees),
        average_price=price(message.average_price) if message.HasField("average_price") else None,
        effective_price=price(message.effective_price) if message.HasField("effective_price") else None,
        worst_price=price(message.worst_price) if message.HasField("worst_price") else None,
        mid=price(message.mid) if message.HasField("mid") else None,
        slippage_basis_points=convert.points(message.slippage, scales) if message.HasField("slippage") else None,
        levels=message.levels,
        slices=tuple([_slice(each, names, message.price_exponent, scales) for each in message.slices]),
        beyond_proved=message.beyond_proved,
        venues=venues,
        conversions=tuple([convert.conversion(each, scales) for each in message.conversions]),
    )


def _slice(message: api.QuoteSlice, names: list[str], exponent: int, scales: Scales[Number]) -> QuoteSlice[Number]:
    if message.venue >= len(names):
        raise ProtocolError(f"a slice names a venue beyond the message's {len(names)}")
    return QuoteSlice(
        names[message.venue],
        scales.text(message.size),
        scales.text(message.notional),
        scales.text(message.fee),
        convert.points(message.fee_rate, scales),
        scales.scale(exponent)(message.worst_price),
        message.levels,
    )
