"""Parts of protobuf messages in, parts of client messages out. Pure, and on the hot path of every stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from onebook.v1 import types_pb2 as pb

from .errors import ProtocolError
from .message_parts import Conversion, Header, Level, PriceAverage, TradesState, VenueQuality, VenueState
from .numbers import Number, Scales
from .rows import Rows

# A frozen dataclass fills its slots through object.__setattr__; the slots' own setters take half the time.
_new = object.__new__
_set_price, _set_size, _set_venue = (vars(Level)[name].__set__ for name in ("price", "size", "venue"))


_STATES = {int(state): state for state in VenueState}  # a lookup here costs a quarter of VenueState(number)


def state(number: int) -> VenueState:
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
        message.past,
    )


def levels(
    levels: Iterable[pb.Level],
    price: Callable[[int], Number],
    size: Callable[[int], Number],
    names: Sequence[str],
) -> Rows[Level[Number]]:
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
    return Rows(made, Level)


def quality(message: pb.VenueQuality, price: Callable[[int], Number]) -> VenueQuality[Number]:
    """How far one venue can be trusted; `price` converts the message's price mantissas."""
    bid, ask = message.lowest_complete_bid, message.highest_complete_ask
    return VenueQuality(
        message.venue,
        state(message.state),
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
        message.digest,
    )


def qualities(messages: Iterable[pb.VenueQuality], price: Callable[[int], Number]) -> Rows[VenueQuality[Number]]:
    """The same of all venues of a message."""
    return Rows([quality(each, price) for each in messages], VenueQuality)


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


def conversions(messages: Iterable[pb.Conversion], scales: Scales[Number]) -> Rows[Conversion[Number]]:
    return Rows([conversion(each, scales) for each in messages], Conversion)


def points(ten_thousandths: int, scales: Scales[Number]) -> Number:
    """Basis points from the contract's 1/10,000 of one."""
    return scales.scale(-4)(ten_thousandths)
