"""The price of an order, now and whenever it changes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2
from orderbook_ext import ConsolidatedView, Sweep, SweepTerms

from ...market.consolidated_book import Foreign
from ...market.market import Market
from ...market.rates import Conversion
from ...model import VenueState
from ...publish.epoch import Epoch
from ...publish.qualities import with_fields
from ...publish.topics import BookChoice, Encoding, ViewTopic, write_conversion
from ..exact import plain
from ..numbers import fits, fitting_decimals, mantissa
from .compute import Order, Quoted, Slice, Terms, quote, sweep

PRICE_DECIMALS = 12
SLIPPAGE_UNIT = 10_000 * 10_000
"""Number of 1/10,000 basis points in 1."""


class QuoteTopic(ViewTopic):
    """StreamQuoteResponse. The order is priced under the market's locks, on books that belong together."""

    def __init__(
        self,
        market: Market,
        epoch: Epoch,
        interval: float,
        choice: BookChoice,
        foreign: Sequence[Foreign],
        order: Order,
        terms: Terms,
    ) -> None:
        super().__init__(market, epoch, interval, choice, foreign)
        self._order = order
        self._terms = terms
        self._names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._known_terms: tuple[SweepTerms, ...] = ()

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> Encoding:
        terms, order = self._all_terms(), self._order
        swept = sweep(view, order, terms)
        header = self._header(view, sequence, heartbeat)
        mid = None if view.mid is None else Fraction(view.mid, 10 ** (view.price_decimals + 1))
        return partial(self._written, header, swept, terms, mid, self._books.conversions, monotonic)

    def _written(
        self,
        header: types_pb2.Header,
        swept: Sweep,
        terms: tuple[SweepTerms, ...],
        mid: Fraction | None,
        conversions: Sequence[Conversion],
        monotonic: int,
    ) -> bytes:
        message, view = _quote(quote(swept, self._order, terms), self._order, mid), self._books.view
        message.header.CopyFrom(header)
        message.market = self.market.name
        if not message.filled:
            message.reason = _nothing_live(self._books.names, view.states) or message.reason
        message.conversions.extend(map(write_conversion, conversions))
        venues = view.encode_qualities(pb.Quote.VENUES_FIELD_NUMBER, -message.price_exponent, monotonic)
        return with_fields(pb.StreamQuoteResponse(quote=message).SerializeToString(), venues)

    def withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        side = pb.QUOTE_SIDE_BUY if self._order.buy else pb.QUOTE_SIDE_SELL
        message = pb.Quote(
            header=header, market=self.market.name, side=side, reason=reason, venues=self._hidden(reason)
        )
        return pb.StreamQuoteResponse(quote=message).SerializeToString()

    def _all_terms(self) -> tuple[SweepTerms, ...]:
        """The terms of each venue of the view, in its own market. Looked up again if the venues have changed."""
        names = self._books.names, self._books.currencies
        if names != self._names:
            self._names = names
            self._known_terms = tuple(
                self._terms.of(name, self._books.source(currency)) for name, currency in zip(*names, strict=True)
            )
        return self._known_terms


def _nothing_live(names: Sequence[str], numbers: Sequence[int]) -> str:
    """Words that no venue's book is live, with the venues' states; empty if a book is live."""
    if VenueState.LIVE in numbers:
        return ""
    states = [
        f"{name} is {VenueState(number).name.lower().replace('_', ' ')}"
        for name, number in zip(names, numbers, strict=True)
    ]
    return f"no venue is live now{': ' if states else ''}{', '.join(states)}"


def _quote(quoted: Quoted, order: Order, mid: Fraction | None) -> pb.Quote:
    average = Fraction(quoted.notional) / Fraction(quoted.size) if quoted.size else None
    fees = quoted.fees if order.buy else -quoted.fees
    effective = (Fraction(quoted.notional) + Fraction(fees)) / Fraction(quoted.size) if quoted.size else None
    worst = None if quoted.worst_price is None else Fraction(quoted.worst_price)
    slices = [Fraction(each.worst_price) for each in quoted.slices]
    known = [price for price in (average, effective, worst, mid, *slices) if price is not None]
    decimals = fitting_decimals(known, PRICE_DECIMALS)

    def price(value: Fraction | None) -> int | None:
        return None if value is None else mantissa(value, decimals)

    message = pb.Quote(
        side=pb.QUOTE_SIDE_BUY if order.buy else pb.QUOTE_SIDE_SELL,
        filled=quoted.filled,
        reason=quoted.reason,
        size=plain(quoted.size),
        notional=plain(quoted.notional),
        fees=plain(quoted.fees),
        price_exponent=-decimals,
        average_price=price(average),
        effective_price=price(effective),
        worst_price=price(worst),
        mid=price(mid),
        levels=quoted.levels,
        beyond_proved=quoted.beyond_proved,
    )
    if average is not None and mid:
        loss = average - mid if order.buy else mid - average
        slippage = round(loss / mid * SLIPPAGE_UNIT)
        if fits(slippage):
            message.slippage = slippage
    message.slices.extend(_slice(each, decimals) for each in quoted.slices)
    return message


def _slice(each: Slice, decimals: int) -> pb.QuoteSlice:
    return pb.QuoteSlice(
        venue=each.venue,
        size=plain(each.size),
        notional=plain(each.notional),
        fee=plain(each.fee),
        fee_rate=each.fee_rate,
        worst_price=mantissa(each.worst_price, decimals),
        levels=each.levels,
    )
