"""What a real order would cost or bring: messages, requests and calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, overload

from onebook.v1 import analytics_pb2 as api
from onebook.v1.analytics_pb2_grpc import AnalyticsServiceStub

from .. import convert, fields
from ..calls import Calls
from ..errors import InvalidArgumentError, ProtocolError
from ..fields import Exact, Names
from ..message_parts import Conversion, Header, Side, VenueQuality
from ..numbers import Number, Scales
from ..query import Query, answer_query, label
from ..rows import Rows
from ..stream import Stream

__all__ = ["Quote", "QuoteSlice"]

OrderSide = Literal["buy", "sell"] | Side


@dataclass(frozen=True, slots=True)
class QuoteSlice(Generic[Number]):
    """One venue's part of a quote."""

    venue: str
    """`VenueQuality.name` of the book that the order takes from."""
    size: Number
    notional: Number
    """Quote units before fees."""
    fee: Number
    """Taker fee in quote units."""
    fee_basis_points: Number
    """Rate of the taker fee."""
    worst_price: Number
    """Price of the venue's worst level that the order touches."""
    levels: int
    """Number of the venue's levels that the order touches."""


@dataclass(frozen=True, slots=True)
class Quote(Generic[Number]):
    """How an order would be filled now by the best prices of all live venues after their taker fees."""

    header: Header
    market: str
    side: Side
    """BUY takes asks, SELL takes bids."""
    filled: bool
    """The order can be filled, but for a rest below every lot. If False, the other fields are of the part that can."""
    reason: str
    """If the order cannot be filled: why, and how much is available, for people; else empty."""
    size: Number
    """Base units that the order would trade."""
    notional: Number
    """Quote units that the base units would cost or bring, before fees."""
    fees: Number
    """Taker fees in quote units."""
    average_price: Number | None
    """notional / size, rounded; None if no part can be filled."""
    effective_price: Number | None
    """Average price with fees: the amount paid or received per base unit."""
    worst_price: Number | None
    """Price of the worst level that the order touches."""
    mid: Number | None
    """Mid of the requested venues; None while a side is empty."""
    slippage_basis_points: Number | None
    """How much worse `average_price` is than `mid`; None without both."""
    levels: int
    """Number of levels that the order touches."""
    slices: Rows[QuoteSlice[Number]]
    """One entry per venue that takes part."""
    beyond_proved: bool
    """The order touches a level beyond the depth to which the venue's book is proved complete."""
    venues: Rows[VenueQuality[Number]]
    conversions: Rows[Conversion[Number]]
    """As in `Book`."""

    @property
    def live_venues(self) -> tuple[str, ...]:
        """Names of the venues whose books the quote uses."""
        return tuple(quality.name for quality in self.venues if quality.live)


def get_query(scales: Scales[Number], order: api.GetQuoteRequest) -> Query[api.Quote, Quote[Number]]:
    """GetQuote."""
    return _query("GetQuote", order, order, scales)


def stream_query(
    scales: Scales[Number], order: api.GetQuoteRequest, min_interval: float = 0.0
) -> Query[api.Quote, Quote[Number]]:
    """StreamQuote."""
    pace = fields.millis("min_interval", min_interval)
    return _query("StreamQuote", api.StreamQuoteRequest(order=order, min_interval_ms=pace), order, scales)


def _query(
    method: str,
    request: api.GetQuoteRequest | api.StreamQuoteRequest,
    order: api.GetQuoteRequest,
    scales: Scales[Number],
) -> Query[api.Quote, Quote[Number]]:
    name = label(f"{Side(order.side).name.lower()} quote", order.market)
    return answer_query(AnalyticsServiceStub, name, method, request, "quote", partial(from_message, scales=scales))


def quote_request(
    market: str,
    side: OrderSide,
    size: Exact | None = None,
    notional: Exact | None = None,
    venues: Names = (),
    beyond_proved: bool = False,
    quote_currencies: Names = (),
) -> api.GetQuoteRequest:
    """The order that both calls ask about. Raises InvalidArgumentError unless exactly one amount is given."""
    if (size is None) == (notional is None):
        raise InvalidArgumentError("exactly one of size and notional must be given", field="size")
    amount = {"size": size} if notional is None else {"notional": notional}
    return api.GetQuoteRequest(
        market=market,
        side=api.QuoteSide.Value(f"QUOTE_SIDE_{_side_name(side).upper()}"),
        venues=fields.names(venues),
        beyond_proved=beyond_proved,
        quote_currencies=fields.names(quote_currencies),
        **{name: fields.decimal_text(name, value, above_zero=True) for name, value in amount.items()},  # type: ignore[arg-type]
    )


def _side_name(side: OrderSide) -> str:
    text = side.name.lower() if isinstance(side, Side) else side
    if text not in ("buy", "sell"):
        raise InvalidArgumentError(f"side must be buy or sell, not {text!r}", field="side")
    return text


def from_message(message: api.Quote, scales: Scales[Number]) -> Quote[Number]:
    """The price of an order."""
    price = scales.scale(message.price_exponent)
    venues = convert.qualities(message.venues, price)
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
        slices=Rows([_slice(each, names, message.price_exponent, scales) for each in message.slices], QuoteSlice),
        beyond_proved=message.beyond_proved,
        venues=venues,
        conversions=convert.conversions(message.conversions, scales),
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


class QuoteCalls(Calls[Number]):
    """A part of `Client`."""

    @overload
    def stream_quote(
        self,
        market: str,
        side: OrderSide,
        *,
        raw: Literal[False] = ...,
        size: Exact | None = ...,
        notional: Exact | None = ...,
        venues: Names = ...,
        beyond_proved: bool = ...,
        quote_currencies: Names = ...,
        min_interval: float = ...,
    ) -> Stream[Quote[Number]]: ...

    @overload
    def stream_quote(
        self,
        market: str,
        side: OrderSide,
        *,
        raw: Literal[True],
        size: Exact | None = ...,
        notional: Exact | None = ...,
        venues: Names = ...,
        beyond_proved: bool = ...,
        quote_currencies: Names = ...,
        min_interval: float = ...,
    ) -> Stream[api.Quote]: ...

    def stream_quote(
        self,
        market: str,
        side: OrderSide,
        *,
        raw: bool = False,
        size: Exact | None = None,
        notional: Exact | None = None,
        venues: Names = (),
        beyond_proved: bool = False,
        quote_currencies: Names = (),
        min_interval: float = 0.0,
    ) -> Stream[Any]:
        """The price of an order as in `quote`, then again whenever the answer changes.

        `min_interval` is the shortest time between two messages in seconds; 0 is the server's own, 0.1 seconds.
        """
        return self._stream(
            stream_query(
                self._scales,
                quote_request(market, side, size, notional, venues, beyond_proved, quote_currencies),
                min_interval,
            ),
            raw,
        )

    @overload
    def quote(
        self,
        market: str,
        side: OrderSide,
        *,
        raw: Literal[False] = ...,
        size: Exact | None = ...,
        notional: Exact | None = ...,
        venues: Names = ...,
        beyond_proved: bool = ...,
        quote_currencies: Names = ...,
    ) -> Quote[Number]: ...

    @overload
    def quote(
        self,
        market: str,
        side: OrderSide,
        *,
        raw: Literal[True],
        size: Exact | None = ...,
        notional: Exact | None = ...,
        venues: Names = ...,
        beyond_proved: bool = ...,
        quote_currencies: Names = ...,
    ) -> api.Quote: ...

    def quote(
        self,
        market: str,
        side: OrderSide,
        *,
        raw: bool = False,
        size: Exact | None = None,
        notional: Exact | None = None,
        venues: Names = (),
        beyond_proved: bool = False,
        quote_currencies: Names = (),
    ) -> Any:
        """What an order of `size` base units, or of `notional` quote units before fees, would cost or bring now.

        `side` is "buy" or "sell"; `market` may be empty. The best prices of all live venues after their taker fees are
        taken, in lots of the venues; `venues` keeps only these. `beyond_proved` takes levels beyond those that the
        books are proved complete to, too. `quote_currencies` merges the books of the same base in other quote
        currencies, converted. What cannot be had is said in `Quote.filled` and `Quote.reason`, not raised.
        """
        return self._ask(
            get_query(
                self._scales,
                quote_request(market, side, size, notional, venues, beyond_proved, quote_currencies),
            ),
            raw,
        )
