"""The orders of sweeps as the Python twin reads them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ._exact_sweep import Order, Terms
from .model import LevelError, parse_number
from .sweep import FEE_UNITS, SweepTerms


def read_order(
    side: int,
    size: str | int | Decimal | None,
    notional: str | int | Decimal | None,
    terms: Sequence[SweepTerms],
    venues: int,
    beyond_proved: bool,
) -> Order:
    """Raises ValueError for arguments that make no order."""
    if len(terms) != venues:
        raise ValueError(f"a sweep needs the terms of each of {venues} venues")
    read = [_read_terms(*each) for each in terms]
    amount = notional if size is None else size
    if amount is None or (size is not None and notional is not None):
        raise ValueError("a sweep is of a size or of a notional")
    parsed = parse_number(amount)
    if parsed[0] == 0:
        raise LevelError("an amount is greater than zero")
    return Order(side, size is None, parsed, read, beyond_proved)


def _read_terms(fee: int, lot: str | Decimal, min_size: str | Decimal, min_notional: str | Decimal) -> Terms:
    if type(fee) is not int or not -FEE_UNITS < fee < FEE_UNITS:
        raise ValueError(f"a fee is a whole number of 1e-8 below 1, not {fee!r:.80}")
    return Terms(fee, parse_number(lot), parse_number(min_size), parse_number(min_notional))
