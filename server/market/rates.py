"""Rates between quote currencies, from onebook's own live books, with guards against rates that cannot be right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from .. import clock
from ..model import Pair, VenueState, by_spelling
from ..units import LARGEST_MANTISSA
from .live_view import LiveView
from .market import Market

PEGGED = frozenset({"USD", "USDT", "USDC", "FDUSD", "TUSD", "DAI", "PYUSD", "USDE", "USD1", "BUSD"})
"""Currencies that ought to be worth the same."""
PEG_LIMIT = Decimal("0.02")
"""A rate between two of these that is farther from 1 is a broken peg, or no rate."""
WIDEST = Decimal("0.01")
"""Largest distance of ask and bid, as a part of the bid; a wider rate is not used."""
OLDEST = 30_000_000_000
"""Nanoseconds since the newest frame of the rate's book."""
DECIMALS = 12
_STEP = Decimal(1).scaleb(-DECIMALS)
_LARGEST = Decimal(LARGEST_MANTISSA).scaleb(-DECIMALS)
"""What views take."""
_WIDE = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Conversion:
    """The present worth of one unit of another quote currency, in the market's quote currency."""

    currency: str
    rate_market: str
    inverted: bool
    bid: Decimal | None = None
    """When selling it, rounded down to 12 decimals; None while the rate's book has no two sides."""
    ask: Decimal | None = None
    """When buying it, rounded up."""
    age: int = 0
    """Nanoseconds."""
    trouble: str = ""
    """Why it is not used; empty if it is."""


class Rate:
    """The rate from one quote currency into another. Read it under the rate market's consistency lock."""

    def __init__(self, currency: str, into: str, market: Market) -> None:
        """`market` is currency/into, or into/currency."""
        self.currency = currency
        self.market = market
        self._inverted = market.pair.base == into
        self._pegged = {currency, into} <= PEGGED
        self._view = LiveView(market)

    def now(self) -> Conversion:
        """The rate now. Raises orderbook_ext.BookError when its books cannot be merged."""
        view = self._view.refreshed()
        if not view.bids or not view.asks:
            return self._conversion(trouble=f"{self.market.name} has no live book with two sides")
        bid, ask = (Decimal(side[0][0]).scaleb(-view.price_decimals) for side in (view.bids, view.asks))
        if not bid or not ask:
            return self._conversion(trouble=f"{self.market.name} has a price of 0")
        if self._inverted:
            bid, ask = _WIDE.divide(Decimal(1), ask), _WIDE.divide(Decimal(1), bid)
        bid, ask = bid.quantize(_STEP, ROUND_FLOOR, _WIDE), ask.quantize(_STEP, ROUND_CEILING, _WIDE)
        age = self._age()
        return self._conversion(bid, ask, age, self._trouble(bid, ask, age))

    def _conversion(
        self, bid: Decimal | None = None, ask: Decimal | None = None, age: int = 0, trouble: str = ""
    ) -> Conversion:
        return Conversion(self.currency, self.market.name, self._inverted, bid, ask, age, trouble)

    def _age(self) -> int:
        """Since the newest frame of a live book."""
        live = [entry.receive_monotonic for entry in self.market.entries.values() if entry.state == VenueState.LIVE]
        return max(0, clock.monotonic_ns() - max(live, default=0))

    def _trouble(self, bid: Decimal, ask: Decimal, age: int) -> str:
        if age > OLDEST:
            return f"{self.market.name} is {age / 1e9:.0f} s old"
        if max(bid, ask) > _LARGEST:
            return f"{self.market.name} is worth more than a rate can say"
        if bid <= 0:
            return f"{self.market.name} is worth less than a rate can say"
        if bid > ask:
            # Venues cross each other by a little for moments: the wider reading of both is on the safe side.
            return "" if (bid - ask) / ask <= WIDEST else f"{self.market.name} is crossed"
        if (ask - bid) / bid > WIDEST:
            return f"{self.market.name} is {100 * (ask - bid) / bid:.2f} % wide"
        if self._pegged and not (bid >= 1 - PEG_LIMIT and ask <= 1 + PEG_LIMIT):
            return f"{self.market.name} is off its peg: {bid:.4f} to {ask:.4f}"
        return ""


def rate_between(markets: Mapping[Pair, Market], currency: str, into: str) -> Rate | None:
    """The rate from one currency into another, if the server has a market of the two, in either direction."""
    market = by_spelling(markets, Pair(currency, into)) or by_spelling(markets, Pair(into, currency))
    return None if market is None else Rate(currency, into, market)
