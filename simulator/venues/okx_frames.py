"""The frames and rows of OKX, written as text: short numbers in quotes."""

import json
from collections.abc import Mapping
from typing import Any

from ..book import Levels
from ..checksums import interleaved, signed
from ..instruments import Instrument
from ..trade_history import AggregateTrade, Candle, Trade
from ..window import Window
from .okx_terms import volumes

BARS_MS = {
    "1m": 60_000, "3m": 180_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1H": 3_600_000, "2H": 7_200_000,
    "4H": 14_400_000, "6H": 21_600_000, "12H": 43_200_000, "1D": 86_400_000, "6Hutc": 21_600_000,
    "12Hutc": 43_200_000, "1Dutc": 86_400_000, "2Dutc": 172_800_000, "3Dutc": 259_200_000, "1Wutc": 604_800_000,
}  # fmt: skip
HONG_KONG_MS = -8 * 3_600_000
MONDAY_MS = 4 * 86_400_000  # time began on a Thursday


def offset_ms(bar: str) -> int:
    """Where bars start: those of six hours and longer at midnight in Hong Kong, unless they are named utc."""
    if bar == "1Wutc":
        return MONDAY_MS
    return HONG_KONG_MS if BARS_MS[bar] >= 21_600_000 and not bar.endswith("utc") else 0


def argument(stream: str) -> dict[str, str]:
    """The `arg` of a stream named channel:instrument."""
    channel, _, symbol = stream.partition(":")
    return {"channel": channel, "instId": symbol}


def frame(stream: str, data: str, action: str = "") -> str:
    """A data frame around data that is text already."""
    head = json.dumps(argument(stream), separators=(",", ":"))
    named = f',"action":"{action}"' if action else ""
    return f'{{"arg":{head}{named},"data":[{data}]}}'


def book(window: Window, bids: Levels, asks: Levels, time_us: int, previous: int, checksum: bool) -> str:
    """The data of a snapshot (previous -1) or update."""
    item = window.market.instrument
    total = summed(window) if checksum else 0
    return (
        f'{{"asks":[{rows(item, asks)}],"bids":[{rows(item, bids)}],"ts":"{time_us // 1000}",'
        f'"checksum":{total},"seqId":{window.sequence},"prevSeqId":{previous}}}'
    )


def top(window: Window, time_us: int) -> str:
    """The data of books5 and bbo-tbt: everything each time."""
    item = window.market.instrument
    return (
        f'{{"asks":[{rows(item, window.asks)}],"bids":[{rows(item, window.bids)}],"instId":"{item.symbol}",'
        f'"ts":"{time_us // 1000}","seqId":{window.sequence}}}'
    )


def summed(window: Window) -> int:
    """The checksum as it was until June 2026."""
    item = window.market.instrument
    bids, asks = (
        [(item.price_number(price), item.size_number(size)) for price, size in levels] for levels in window.best(25)
    )
    return signed(interleaved(bids, asks, 25))


def rows(item: Instrument, levels: Levels) -> str:
    """Levels as the inside of an array; the last number is how many orders there are."""
    price, size = item.price_number, item.size_number
    return ",".join(f'["{price(ticks)}","{size(lots)}","0","{1 + lots % 5 if lots else 0}"]' for ticks, lots in levels)


def trade(item: Instrument, fill: Trade) -> dict[str, str]:
    """One match; the side is the taker's."""
    return {
        "instId": item.symbol, "tradeId": str(fill.id), "px": item.price_number(fill.price),
        "sz": item.size_number(fill.size), "side": "sell" if fill.buyer_is_maker else "buy",
        "ts": str(fill.time_us // 1000),
    }  # fmt: skip


def merged(item: Instrument, taker: AggregateTrade) -> dict[str, str]:
    """The matches of one taker at one price, under the id of the last."""
    return {
        "instId": item.symbol, "tradeId": str(taker.last), "px": item.price_number(taker.price),
        "sz": item.size_number(taker.size), "side": "sell" if taker.buyer_is_maker else "buy",
        "ts": str(taker.time_us // 1000), "count": str(taker.last - taker.first + 1),
    }  # fmt: skip


def candle(item: Instrument, row: Candle, closed: bool) -> list[str]:
    """One candle, on the stream and in REST answers."""
    prices = (item.price_number(price) for price in (row.open, row.high, row.low, row.close))
    return [str(row.start_ms), *prices, *volumes(item, row), str(int(closed))]


def compact(body: Mapping[str, Any] | list[Any]) -> str:
    """JSON without spaces."""
    return json.dumps(body, separators=(",", ":"))
