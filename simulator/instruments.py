"""Pairs and how a venue trades them: symbol, tick, lot and the digits on its wire."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .decimals import scaled_text, short_text

_ASSET = re.compile(r"[\w.$+!*-]{1,40}")  # in any script, AAPLx as well as BTC

# Price of one unit in US dollars. It only sets where a generated market starts.
ASSET_PRICES = {
    "BTC": 64000.0, "ETH": 2600.0, "BNB": 580.0, "SOL": 145.0, "LTC": 66.0, "XRP": 0.58, "ADA": 0.35,
    "DOGE": 0.104, "LINK": 10.6, "DOT": 4.6, "AVAX": 23.0, "XLM": 0.098,
    "SHIB": 0.0000087, "PEPE": 0.0000041, "BONK": 0.0000115, "FLOKI": 0.0000463,
    "USD": 1.0, "USDT": 1.0, "USDC": 1.0, "EUR": 1.09, "GBP": 1.27,
}  # fmt: skip
CASH = frozenset({"USD", "USDT", "USDC", "EUR", "GBP"})
FEWEST_TICKS = 1000  # that make up a price: a coarser tick would leave no room for a book
CENT = 0.01


@dataclass(frozen=True, order=True)
class Pair:
    """A base and a quote asset, spelled as venues list them; and where its generated market starts, if not as usual."""

    base: str
    quote: str
    start: float | None = field(default=None, compare=False)

    @classmethod
    def parse(cls, text: str) -> "Pair":
        """Read "BTC/USDT"; what has no capital letter is put in capitals. Raises ValueError with one clear line."""
        base, slash, quote = text.strip().partition("/")
        base, quote = (
            asset.upper() if asset.isascii() and asset == asset.lower() else asset for asset in (base, quote)
        )
        if not slash or not _ASSET.fullmatch(base) or not _ASSET.fullmatch(quote) or base == quote:
            raise ValueError(f"a pair is written BASE/QUOTE, for example BTC/USDT; given {text!r}")
        return cls(base, quote)

    def __str__(self) -> str:
        return f"{self.base}/{self.quote}"


@dataclass(frozen=True)
class Instrument:
    """One pair at one venue. Prices are counted in ticks of 10^-tick_decimals, sizes in lots of 10^-lot_decimals.

    Contracts: `lot_step` makes lots of, say, ten dollars; `base_per_lot` is about what a lot is worth in the base.
    """

    pair: Pair
    symbol: str
    tick_decimals: int
    lot_decimals: int
    price_digits: int
    size_digits: int
    lot_step: int = 1  # a lot is this many times 10^-lot_decimals, a tick
    tick_step: int = 1  # this many times 10^-tick_decimals
    base_per_lot: float | None = None  # of contracts; None: sizes are in the base asset
    contract: str = ""  # what a size of 1 is, such as "0.01 BTC" or "100 USD"; "" is one of the base asset

    def price_text(self, ticks: int) -> str:
        """The price as this venue writes it."""
        return scaled_text(ticks * self.tick_step, self.tick_decimals) + self._price_padding

    def size_text(self, lots: int) -> str:
        """The size as this venue writes it."""
        return scaled_text(lots * self.lot_step, self.lot_decimals) + self._size_padding

    def price_number(self, ticks: int) -> str:
        """The price as a bare JSON number."""
        return short_text(ticks * self.tick_step, self.tick_decimals)

    def size_number(self, lots: int) -> str:
        """The size as a bare JSON number."""
        return short_text(lots * self.lot_step, self.lot_decimals)

    def median_lots(self) -> float:
        """The middling order, in lots: about 2500 dollars."""
        price, lot = dollars(self.pair), self.lot_step * 10.0**-self.lot_decimals
        if self.contract:
            value, unit = self.contract.split()
            lot *= float(value) if unit == self.pair.base else float(value) / price
        return 2500.0 / price / (lot if self.base_per_lot is None else self.base_per_lot)

    def rows(self, levels: Iterable[tuple[int, int]]) -> str:
        """Levels as the inside of a JSON array: ["price","size"],..."""
        price, size = self.price_text, self.size_text
        return ",".join([f'["{price(ticks)}","{size(lots)}"]' for ticks, lots in levels])

    @cached_property
    def _price_padding(self) -> str:
        return _padding(self.tick_decimals, self.price_digits)

    @cached_property
    def _size_padding(self) -> str:
        return _padding(self.lot_decimals, self.size_digits)


def _padding(decimals: int, digits: int) -> str:
    if digits <= decimals:
        return ""
    return ("." if decimals == 0 else "") + "0" * (digits - decimals)


def start_price(pair: Pair) -> float:
    """The price at which a generated market of this pair starts."""
    if pair.start is not None:
        return pair.start
    return ASSET_PRICES.get(pair.base, 10.0) / ASSET_PRICES.get(pair.quote, 1.0)


def dollars(pair: Pair) -> float:
    """About what one unit of the base is worth in dollars."""
    return start_price(pair) * ASSET_PRICES.get(pair.quote, 1.0)


def tick_decimals(
    pair: Pair, usual: Mapping[str, int], relative: float, most: int = 8, other: int | None = None
) -> int:
    """Decimals of a pair's tick: by coin where it is quoted in cash, else `other`, else near `relative` x price.

    Never so few that a price would be made up of less than a thousand ticks: coins below a cent have finer ones.
    """
    price = start_price(pair)
    known = usual.get(pair.base) if pair.quote in CASH else other
    wanted = decimals_for(price, relative, most) if known is None else known
    return max(wanted, math.ceil(math.log10(FEWEST_TICKS / price)))


def lot_decimals(pair: Pair, usual: int) -> int:
    """Decimals of a size: `usual`, less those that mean nothing for a coin below a cent."""
    worth = dollars(pair)
    return usual if worth >= CENT else max(0, usual - math.ceil(math.log10(CENT / worth)))


def contract_coins(pair: Pair, usual: Mapping[str, float], other: float) -> float:
    """Coins in a contract: by coin, else `other`; of a coin below a cent a power of ten, worth about a dollar."""
    worth = dollars(pair)
    if worth >= CENT:
        return usual.get(pair.base, other)
    return 10.0 ** round(-math.log10(worth))


def decimals_for(price: float, relative: float, most: int = 8) -> int:
    """Decimals of a power-of-ten tick near `relative` x price."""
    return min(most, max(0, round(-math.log10(price * relative))))
