"""The data of Bybit's frames and REST rows. Spot writes short numbers, linear pads them."""

from typing import Any

from ..book import Levels
from ..decimals import scaled_text, short_text
from ..generator import VenueMarket
from ..instruments import Instrument
from ..trade_history import Candle, Trade
from ..window import Window

INTERVALS_MS = {
    "1": 60_000, "3": 180_000, "5": 300_000, "15": 900_000, "30": 1_800_000, "60": 3_600_000, "120": 7_200_000,
    "240": 14_400_000, "360": 21_600_000, "720": 43_200_000, "D": 86_400_000, "W": 604_800_000,
}  # fmt: skip
MONDAY_MS = 4 * 86_400_000


class Spelling:
    """How a category writes numbers."""

    def __init__(self, padded: bool) -> None:
        self.padded = padded

    def price(self, item: Instrument, ticks: int) -> str:
        """A price."""
        return item.price_text(ticks) if self.padded else item.price_number(ticks)

    def size(self, item: Instrument, lots: int) -> str:
        """A size; none at all is a bare 0."""
        return (item.size_text(lots) if self.padded else item.size_number(lots)) if lots else "0"

    def rows(self, item: Instrument, levels: Levels) -> list[list[str]]:
        """Levels."""
        return [[self.price(item, price), self.size(item, size)] for price, size in levels]

    def book(self, window: Window, bids: Levels, asks: Levels, update: int) -> dict[str, Any]:
        """The data of an orderbook frame."""
        item = window.market.instrument
        return {"s": item.symbol, "b": self.rows(item, bids), "a": self.rows(item, asks), "u": update,
                "seq": window.sequence}  # fmt: skip

    def trade(self, item: Instrument, fill: Trade) -> dict[str, Any]:
        """A fill; the side is the taker's."""
        return {"T": fill.time_us // 1000, "s": item.symbol, "S": side(fill), "v": self.size(item, fill.size),
                "p": self.price(item, fill.price), "L": "ZeroPlusTick", "i": self.trade_id(fill), "BT": False,
                "RPI": False, "seq": fill.id}  # fmt: skip

    def trade_id(self, fill: Trade) -> str:
        """A number on spot, a UUID on linear: not to be ordered by."""
        if not self.padded:
            return str(2_290_000_000_000_000_000 + fill.id)
        digits = f"{fill.id * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"

    def candle(self, item: Instrument, row: Candle) -> list[str]:
        """One row of /v5/market/kline: volume in base, turnover in quote."""
        prices = (self.price(item, price) for price in (row.open, row.high, row.low, row.close))
        return [str(row.start_ms), *prices, self.size(item, row.volume), turnover(item, row.turnover)]

    def ticker(self, market: VenueMarket) -> dict[str, str]:
        """All fields of a ticker; open interest on linear only, both sides and one side of it."""
        item, history = market.instrument, market.history
        bid, bid_size, ask, ask_size = market.book.touch()
        last = history.last_price
        found = {"symbol": item.symbol, "lastPrice": self.price(item, last)}
        if not self.padded:
            return found
        both = 2 * history.open_interest
        return {
            **found, "markPrice": self.price(item, (bid + ask) // 2), "indexPrice": self.price(item, (bid + ask) // 2),
            "openInterest": self.size(item, both), "singleOpenInterest": self.size(item, history.open_interest),
            "openInterestValue": cents(item, both * last), "bid1Price": self.price(item, bid),
            "bid1Size": self.size(item, bid_size), "ask1Price": self.price(item, ask),
            "ask1Size": self.size(item, ask_size),
        }  # fmt: skip


def side(fill: Trade) -> str:
    """The taker's side."""
    return "Sell" if fill.buyer_is_maker else "Buy"


def turnover(item: Instrument, value: int) -> str:
    """Ticks x lots as an amount of the quote asset."""
    return short_text(value, item.tick_decimals + item.lot_decimals)


def cents(item: Instrument, value: int) -> str:
    """Ticks x lots as an amount with two digits."""
    return scaled_text(value * 100 // 10 ** (item.tick_decimals + item.lot_decimals), 2)


def offset_ms(interval: str) -> int:
    """Weeks start on Monday."""
    return MONDAY_MS if interval == "W" else 0
