"""The price of a real order over all live venues: terms of each venue in, a quote out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from orderbook_ext import ConsolidatedView, Sweep, SweepTerms

from ...market.market import Market
from ...model import Instrument
from ..exact import plain, shifted
from ..sums import add, multiply

FEE_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class Order:
    """The order to price. Exactly one of size (base units) and notional (quote units before fees) is set."""

    buy: bool
    size: Decimal | None
    notional: Decimal | None
    beyond_proved: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """One venue's part."""

    venue: int
    size: Decimal
    notional: Decimal
    fee: Decimal
    fee_rate: int
    """1e-8 of the notional."""
    worst_price: Decimal
    levels: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """The price of an order; sizes in base units, the rest in quote units."""

    filled: bool
    reason: str
    size: Decimal
    notional: Decimal
    fees: Decimal
    worst_price: Decimal | None
    levels: int
    beyond_proved: bool
    slices: tuple[Slice, ...]


class Terms:
    """Each venue's terms of an order: its taker fee, and the steps and minimums of its instruments."""

    def __init__(self, fees: Mapping[str, Decimal], instrument: Callable[[str, Market], Instrument | None]) -> None:
        self._fees = fees
        self._instrument = instrument

    def of(self, venue: str, market: Market) -> SweepTerms:
        """In base and quote units, however the venue counts."""
        fee = int(self._fees.get(venue, Decimal(0)).scaleb(FEE_DECIMALS))
        item = self._instrument(venue, market)
        if item is None:
            return SweepTerms(fee, Decimal(0), Decimal(0), Decimal(0))
        if item.inverse:
            # A contract is worth quote units: no fixed step of base units, and a minimum in quote units.
            return SweepTerms(fee, Decimal(0), Decimal(0), max(item.min_notional, item.min_size * item.contract))
        return SweepTerms(fee, item.lot * item.contract, item.min_size * item.contract, item.min_notional)


def sweep(view: ConsolidatedView, order: Order, terms: Sequence[SweepTerms]) -> Sweep:
    """Takes the order from the books of a view as they are now. Raises orderbook_ext.BookError."""
    return view.sweep(
        1 if order.buy else 0,
        size=order.size,
        notional=order.notional,
        terms=terms,
        beyond_proved=order.beyond_proved,
    )


def quote(swept: Sweep, order: Order, terms: Sequence[SweepTerms]) -> Quoted:
    """What the order costs or brings by its sweep; the terms are those that it was swept with."""
    slices = tuple(_slice(swept, place, terms) for place in range(len(swept.slices)))
    size = shifted(swept.size, swept.size_decimals)
    notional = shifted(swept.notional, swept.price_decimals + swept.size_decimals)
    return Quoted(
        filled=swept.filled,
        reason="" if swept.filled else _reason(order, size, notional),
        size=size,
        notional=notional,
        fees=reduce(add, (each.fee for each in slices), Decimal(0)),
        worst_price=shifted(swept.worst_price, swept.price_decimals) if swept.worst_price is not None else None,
        levels=swept.levels,
        beyond_proved=swept.beyond_proved,
        slices=slices,
    )


def _slice(swept: Sweep, place: int, terms: Sequence[SweepTerms]) -> Slice:
    part = swept.slices[place]
    notional = shifted(part.notional, swept.price_decimals + swept.size_decimals)
    rate = terms[part.venue].fee
    return Slice(
        venue=part.venue,
        size=shifted(part.size, swept.size_decimals),
        notional=notional,
        fee=multiply(notional, shifted(rate, FEE_DECIMALS)),
        fee_rate=rate,
        worst_price=shifted(part.worst_price, swept.price_decimals),
        levels=part.levels,
    )


def _reason(order: Order, size: Decimal, notional: Decimal) -> str:
    side = "asks" if order.buy else "bids"
    within = "" if order.beyond_proved else " that are proved complete"
    if not size:
        return f"no {side}{within} can be had within the venues' lots and minimums"
    if order.size is not None:
        return f"only {plain(size)} can be had in the {side}{within}"
    return f"only {plain(notional)} can be spent in the {side}{within}"
