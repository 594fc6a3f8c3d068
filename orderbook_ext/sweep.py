"""What an order would get that takes the best levels of all venues at once: ConsolidatedView.sweep."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

FEE_UNITS = 10**8


class SweepTerms(NamedTuple):
    """What one venue asks of an order. Amounts are exact; 0 is none."""

    fee: int = 0
    """Taker fee in 1e-8 of the notional (10,000 is 1 basis point); negative is a rebate. Its size is below 1e8."""
    lot: str | Decimal = Decimal(0)
    """Size step in base units; 0 is the step of the book's own sizes."""
    min_size: str | Decimal = Decimal(0)
    """Smallest part that the venue takes, in base units."""
    min_notional: str | Decimal = Decimal(0)
    """The same in the market's quote units, before fees."""


class SweepSlice(NamedTuple):
    """One venue's part, at the scales of its Sweep."""

    venue: int
    """Index of the venue in the view."""
    size: int
    notional: int
    """Before fees."""
    worst_price: int
    levels: int
    """Levels of which something is taken."""


class Sweep(NamedTuple):
    """The parts of an order, and their sums: mantissas."""

    filled: bool
    """Something is taken, and what is left is less than every venue's lot; of money: than that at its next price."""
    price_decimals: int
    size_decimals: int
    size: int
    """At size_decimals."""
    notional: int
    """Quote units before fees, at price_decimals + size_decimals."""
    rest: int
    """What is left: at size_decimals of a size, at price_decimals + size_decimals of a notional."""
    worst_price: int | None
    """Price of the worst level of which something is taken, before fees; None if nothing is."""
    levels: int
    beyond_proved: bool
    """Something is taken of a level beyond those to which its venue's book is proved complete."""
    slices: tuple[SweepSlice, ...]
    """Of the venues that take part, in their order."""
