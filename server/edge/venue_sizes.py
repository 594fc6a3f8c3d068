"""Sizes of records, which are in base units, as the venue counts them: an edge's book is the ingester's book.

Digests are of the venue's own sizes. Sizes in contracts are exactly size / contract. Sizes in quote units (inverse
contracts) were rounded down to 8 decimals on the way into base units: the venue's number is the smallest multiple of
its lot that is not below size x price / contract, wherever that step is worth more than the rounding. The digest of the
record tells whether it is.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Context, Decimal, DecimalException, Inexact

from ..model import Instrument
from ..text_numbers import plain

Row = tuple[str, str]
Rows = Callable[[int, int], Row]
"""Price and size of a level as text, from the mantissas of a record."""
_EXACT = Context(prec=60, traps=[Inexact])
_ROUGH = Context(prec=60)


def rows_of(instrument: Instrument | None, price_exponent: int, size_exponent: int) -> Rows:
    """What makes rows of the levels of a record with these exponents."""
    price, size = plain(price_exponent), plain(size_exponent)
    if instrument is None or (instrument.contract == 1 and not instrument.inverse):
        return lambda p, s: (price(p), size(s))
    contract, lot = instrument.contract, instrument.lot
    if not instrument.inverse:
        return lambda p, s: (price(p), _contracts(Decimal(s).scaleb(size_exponent), contract))

    def inverse(p: int, s: int) -> Row:
        value = Decimal(p).scaleb(price_exponent) * Decimal(s).scaleb(size_exponent)
        steps = _ROUGH.divide(value, contract * lot).to_integral_value(ROUND_CEILING)
        return price(p), f"{steps * lot:f}"

    return inverse


def _contracts(size: Decimal, contract: Decimal) -> str:
    """Raises ValueError: the size is no exact number of contracts."""
    try:
        return f"{_EXACT.divide(size, contract):f}"
    except DecimalException:
        raise ValueError(f"the size {size} is no number of contracts of {contract}") from None
