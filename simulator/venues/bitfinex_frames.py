"""The insides of Bitfinex's arrays, written as text: numbers as JavaScript prints them, asks with negative amounts."""

from collections.abc import Iterable

from ..book import Levels
from ..checksums import interleaved, signed
from ..decimals import js_text
from ..instruments import Instrument
from ..trade_history import Candle, Trade
from ..window import Changes, Window

PRECISIONS = {"P0": 1, "P1": 10, "P2": 100, "P3": 1000, "P4": 10_000, "R0": 1}
FRAMES_MS = {"1m": 60_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1h": 3_600_000, "3h": 10_800_000,
             "6h": 21_600_000, "12h": 43_200_000, "1D": 86_400_000, "1W": 604_800_000,
             "14D": 1_209_600_000}  # fmt: skip


def row(item: Instrument, is_bid: bool, price: int, size: int, raw: bool) -> str:
    """[price, count, amount], or for raw books [order, price, amount]; what is gone has a count (price) of 0."""
    sign = "" if is_bid else "-"
    amount = sign + (js_text(size, item.lot_decimals) if size else "1")
    cost = js_text(price, item.tick_decimals)
    if raw:
        return f"[{order_id(is_bid, price)},{cost if size else 0},{amount}]"
    return f"[{cost},{1 + size % 5 if size else 0},{amount}]"


def rows(item: Instrument, bids: Levels, asks: Levels, raw: bool) -> list[str]:
    """Bids, then asks."""
    return [row(item, is_bid, price, size, raw)
            for is_bid, levels in ((True, bids), (False, asks)) for price, size in levels]  # fmt: skip


def updates(item: Instrument, changes: Changes, raw: bool) -> list[str]:
    """A row for each change, removals before all others, so that the book is not crossed in between."""
    gone = rows(item, [level for level in changes.bids if not level[1]],
                [level for level in changes.asks if not level[1]], raw)  # fmt: skip
    return gone + rows(item, [level for level in changes.bids if level[1]],
                       [level for level in changes.asks if level[1]], raw)  # fmt: skip


def checksum(window: Window, raw: bool) -> int:
    """The checksum of the best 25 levels; raw books have order ids for prices."""
    item = window.market.instrument
    bids, asks = (
        [
            (str(order_id(not sign, price)) if raw else js_text(price, item.tick_decimals),
             sign + js_text(size, item.lot_decimals))
            for price, size in levels
        ]
        for sign, levels in zip(("", "-"), window.best(25), strict=True)
    )  # fmt: skip
    return signed(interleaved(bids, asks, 25))


def trade(item: Instrument, fill: Trade) -> str:
    """[id, ms, amount, price]; a sale by the taker has a negative amount."""
    sign = "-" if fill.buyer_is_maker else ""
    return (
        f"[{fill.id},{fill.time_us // 1000},{sign}{js_text(fill.size, item.lot_decimals)},"
        f"{js_text(fill.price, item.tick_decimals)}]"
    )


def candle(item: Instrument, bar: Candle) -> str:
    """[ms, open, close, high, low, volume]."""
    prices = (js_text(price, item.tick_decimals) for price in (bar.open, bar.close, bar.high, bar.low))
    return f"[{bar.start_ms},{','.join(prices)},{js_text(bar.volume, item.lot_decimals)}]"


def array(parts: Iterable[str]) -> str:
    """A JSON array of what is text already."""
    return f"[{','.join(parts)}]"


def order_id(is_bid: bool, price: int) -> int:
    """The number of the one order that stands at a price."""
    return 180_000_000_000 + price * 2 + is_bid
