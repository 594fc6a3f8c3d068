"""Protobuf messages in, client messages out. Pure, and on the hot path of every stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from onebook.v1 import types_pb2 as pb

from .errors import ProtocolError
from .message_parts import Conversion, Header, Level, PriceAverage, Side, TradesState, VenueQuality, VenueState
from .messages import Book, Listing, Market, Summary, Trade, TradeGap, Venue, VenueStatus
from .numbers import Number, Scales

# A frozen dataclass fills its slots through object.__setattr__; the slots' own setters take half the time.
_new = object.__new__
_set_price, _set_size, _set_venue = (vars(Level)[name].__set__ for name in ("price", "size", "venue"))


_STATES = {int(state): state for state in VenueState}  # a lookup here costs a quarter of VenueState(number)


def _state(number: int) -> VenueState:
    return _STATES.get(number, VenueState.UNSPECIFIED)


def header(message: pb.Header) -> Header:
    """The header of any streamed message."""
    return Header(
        message.publish_time_nanos,
        message.epoch,
        message.sequence,
        message.heartbeat,
        message.receive_time_nanos,
        message.exchange_time_nanos,
    )


def _levels(
    levels: Iterable[pb.Level],
    price: Callable[[int], Number],
    size: Callable[[int], Number],
    names: Sequence[str],
) -> tuple[Level[Number], ...]:
    made: list[Level[Number]] = []
    append, new, cls = made.append, _new, Level
    set_price, set_size, set_venue = _set_price, _set_size, _set_venue
    try:
        for source in levels:
            level: Any = new(cls)
            set_price(level, price(source.price))
            set_size(level, size(source.size))
            set_venue(level, names[source.venue])
            append(level)
    except IndexError:
        raise ProtocolError(f"a level names a venue beyond the message's {len(names)}") from None
    return tuple(made)


def quality(message: pb.VenueQuality, price: Callable[[int], Number]) -> VenueQuality[Number]:
    """How far one venue can be trusted; `price` converts the message's price mantissas."""
    bid, ask = message.lowest_complete_bid, message.highest_complete_ask
    return VenueQuality(
        message.venue,
        _state(message.state),
        message.exchange_time_nanos,
        message.receive_time_nanos,
        message.age_nanos if message.receive_time_nanos else None,
        message.venue_sequence,
        message.resyncs,
        message.gaps,
        message.checksums_verified,
        message.checksum_failures,
        message.whole_book,
        price(bid) if bid else None,
        price(ask) if ask else None,
        message.bid_levels,
        message.ask_levels,
        message.detail,
        message.unverified,
        message.audits,
        message.audit_bid_match_ppm,
        message.audit_ask_match_ppm,
        message.ghost_levels,
        message.missing_levels,
        message.quote_currency,
        TradesState(message.trades_state),
        message.clock_offset_nanos,
        message.clock_uncertainty_nanos,
    )


def conversion(message: pb.Conversion, scales: Scales[Number]) -> Conversion[Number]:
    """How one quote currency became the market's."""
    return Conversion(
        message.quote_currency,
        message.rate_market,
        message.inverted,
        scales.text(message.bid) if message.bid else None,
        scales.text(message.ask) if message.ask else None,
        message.age_nanos if message.bid or message.ask else None,
        message.suspended,
        message.detail,
    )


def average(message: pb.PriceAverage, price: Callable[[int], Number]) -> PriceAverage[Number]:
    """Averages over one window; `price` converts mantissas at the exponent of the message around it."""
    return PriceAverage(
        message.window_nanos,
        message.start_time_nanos,
        message.end_time_nanos,
        price(message.time_weighted) if message.HasField("time_weighted") else None,
        price(message.sample_mean) if message.HasField("sample_mean") else None,
        message.samples,
        message.coverage_ppm,
    )


def book(message: pb.Book, scales: Scales[Number]) -> Book[Number]:
    """A consolidated or venue book."""
    price, size = scales.scale(message.price_exponent), scales.scale(message.size_exponent)
    venues = tuple([quality(each, price) for each in message.venues])
    names = [each.name for each in venues]
    return Book(
        header(message.header),
        message.market,
        _levels(message.bids, price, size, names),
        _levels(message.asks, price, size, names),
        price(message.spread) if message.HasField("spread") else None,
        scales.scale(message.price_exponent - 1)(message.mid) if message.HasField("mid") else None,
        venues,
        message.proved_bid_levels,
        message.proved_ask_levels,
        _conversions(message.conversions, scales),
    )


def _conversions(messages: Iterable[pb.Conversion], scales: Scales[Number]) -> tuple[Conversion[Number], ...]:
    return tuple([conversion(each, scales) for each in messages])


def summary(message: pb.Summary, scales: Scales[Number]) -> Summary[Number]:
    """The small message of prices."""
    price, size = scales.scale(message.price_exponent), scales.scale(message.size_exponent)
    vwap, half = scales.scale(message.vwap_exponent), scales.scale(message.price_exponent - 1)
    venues = tuple([quality(each, price) for each in message.venues])
    names = [each.name for each in venues]
    bids = _levels([message.best_bid] if message.HasField("best_bid") else [], price, size, names)
    asks = _levels([message.best_ask] if message.HasField("best_ask") else [], price, size, names)
    return Summary(
        header=header(message.header),
        market=message.market,
        best_bid=bids[0] if bids else None,
        best_ask=asks[0] if asks else None,
        spread=price(message.spread) if message.HasField("spread") else None,
        mid=half(message.mid) if message.HasField("mid") else None,
        bid_vwap=vwap(message.bid_vwap) if message.HasField("bid_vwap") else None,
        ask_vwap=vwap(message.ask_vwap) if message.HasField("ask_vwap") else None,
        vwap_price=vwap(message.vwap_price) if message.HasField("vwap_price") else None,
        vwap_levels=message.vwap_levels,
        bid_levels_used=message.bid_levels_used,
        ask_levels_used=message.ask_levels_used,
        venues=venues,
        spread_basis_points=points(message.spread_basis_points, scales)
        if message.HasField("spread_basis_points")
        else None,
        microprice=vwap(message.microprice) if message.HasField("microprice") else None,
        averages=tuple([average(each, vwap) for each in message.averages]),
        conversions=_conversions(message.conversions, scales),
    )


def points(ten_thousandths: int, scales: Scales[Number]) -> Number:
    """Basis points from the contract's 1/10,000 of one."""
    return scales.scale(-4)(ten_thousandths)


def venue_status(message: pb.VenueStatus, scales: Scales[Number]) -> VenueStatus[Number]:
    """The states of a market's venues."""
    price = scales.scale(message.price_exponent)
    return VenueStatus(header(message.header), message.market, tuple([quality(each, price) for each in message.venues]))


def trade(message: pb.Trade, scales: Scales[Number]) -> Trade[Number]:
    """One trade, or a heartbeat."""
    return Trade(
        header(message.header),
        message.market,
        message.venue,
        message.trade_id,
        scales.scale(message.price_exponent)(message.price),
        scales.scale(message.size_exponent)(message.size),
        Side(message.side),
        message.exchange_time_nanos,
        message.receive_time_nanos,
        message.dropped,
    )


def trade_gap(message: pb.TradeGap) -> TradeGap:
    """Trades that are missing."""
    return TradeGap(
        header=header(message.header),
        market=message.market,
        venue=message.venue,
        after_trade_id=message.after_trade_id,
        before_trade_id=message.before_trade_id,
        missing=message.missing,
        receive_time_nanos=message.receive_time_nanos,
        dropped=message.dropped,
    )


def listing(message: pb.Listing) -> Listing:
    """What one venue says of one pair."""
    return Listing(
        venue=message.venue,
        listed=message.listed,
        reachable=message.reachable,
        symbol=message.symbol,
        tick_size=message.tick_size,
        lot_size=message.lot_size,
        status=message.status,
        suggestion=message.suggestion,
        state=_state(message.state),
    )


def market(message: pb.Market) -> Market:
    """One market and what each venue says of it."""
    listings = tuple([listing(each) for each in message.listings])
    return Market(message.name, message.base, message.quote, message.default_market, listings)


def venue(message: pb.Venue) -> Venue:
    """One venue."""
    return Venue(
        name=message.name,
        title=message.title,
        live_markets=tuple(message.live_markets),
        connections=message.connections,
        websocket_url=message.websocket_url,
        rest_url=message.rest_url,
    )
