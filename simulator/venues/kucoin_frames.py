"""The websocket frames of KuCoin, written as text, and the numbers of its book changes.

The venue's counter also runs for orders that do not show: every eighth change has such a one before it, which comes
as a row with price 0. So nothing is missing for those who count, and nothing changes for those who look.
"""

import json
from typing import NamedTuple

from ..book import Levels
from ..decimals import short_text
from ..generator import Tick
from ..instruments import Instrument
from ..single_changes import single_changes
from ..trade_history import Candle, Trade

SILENT_EVERY = 8


def counter(sequence: int) -> int:
    """The venue's number of a change."""
    return sequence + sequence // SILENT_EVERY


class Row(NamedTuple):
    """One numbered change; price 0: nothing to be seen."""

    sequence: int
    is_bid: bool
    price: int
    size: int


def changes(tick: Tick) -> list[Row]:
    """Every single change of a step with its number, oldest first, faults included."""
    found: list[Row] = []
    for change in single_changes(tick):
        number = counter(change.sequence)
        if number - counter(change.sequence - 1) == 2 and not (found and found[-1].sequence == number):
            found.append(Row(number - 1, change.is_bid, 0, 0))
        shown = (0, 0) if change.hidden else (change.price, change.size)
        found.append(Row(number, change.is_bid, *shown))
    return found


def batches(rows: list[Row]) -> list[list[Row]]:
    """The rows as the venue sends them: a few at a time."""
    made: list[list[Row]] = []
    for row in rows:
        if made and (row.sequence % 5 or row.sequence == made[-1][-1].sequence):
            made[-1].append(row)
        else:
            made.append([row])
    return made


def message(topic: str, subject: str, data: str) -> str:
    """A message of a topic."""
    return f'{{"type":"message","topic":"{topic}","subject":"{subject}","data":{data}}}'


def control(kind: str, number: object) -> str:
    """A welcome, an ack or a pong."""
    return json.dumps({"id": str(number), "type": kind}, separators=(",", ":"))


def error(number: object, code: int, text: str) -> str:
    """An error message."""
    return json.dumps({"id": str(number), "type": "error", "code": code, "data": text}, separators=(",", ":"))


def level2(item: Instrument, rows: list[Row], time_us: int) -> str:
    """The data of /market/level2: rows of price, size and number."""
    asks, bids = (
        ",".join(
            f'["{item.price_number(row.price)}","{item.size_number(row.size)}","{row.sequence}"]'
            for row in rows
            if row.is_bid == is_bid
        )
        for is_bid in (False, True)
    )
    return (
        f'{{"changes":{{"asks":[{asks}],"bids":[{bids}]}},"sequenceEnd":{rows[-1].sequence},'
        f'"sequenceStart":{rows[0].sequence},"symbol":"{item.symbol}","time":{time_us // 1000}}}'
    )


def levels(item: Instrument, side: Levels) -> str:
    """Levels of a whole book."""
    return ",".join(f'["{item.price_number(price)}","{item.size_number(size)}"]' for price, size in side)


def depth(item: Instrument, bids: Levels, asks: Levels, time_us: int) -> str:
    """The data of /spotMarket/level2Depth5 and 50: no number."""
    return f'{{"asks":[{levels(item, asks)}],"bids":[{levels(item, bids)}],"timestamp":{time_us // 1000}}}'


def best(item: Instrument, bid: tuple[int, int], ask: tuple[int, int], time_us: int) -> str:
    """The data of /spotMarket/level1."""
    return f'{{"asks":{levels(item, [ask])},"bids":{levels(item, [bid])},"timestamp":{time_us // 1000}}}'


def match(item: Instrument, trade: Trade) -> str:
    """The data of /market/match; the time is in nanoseconds, as text."""
    maker, taker = (trade.buy_order, trade.sell_order) if trade.buyer_is_maker else (trade.sell_order, trade.buy_order)
    return (
        f'{{"symbol":"{item.symbol}","sequence":"{trade.id}","side":"{taker_side(trade)}",'
        f'"size":"{item.size_number(trade.size)}","price":"{item.price_number(trade.price)}",'
        f'"takerOrderId":"{taker:024x}","makerOrderId":"{maker:024x}","tradeId":"{trade.id}",'
        f'"time":"{trade.time_us * 1000}","type":"match"}}'
    )


def candle(item: Instrument, row: Candle, time_us: int) -> str:
    """The data of /market/candles."""
    values = ",".join(f'"{value}"' for value in candle_values(item, row))
    return f'{{"symbol":"{item.symbol}","candles":[{values}],"time":{time_us * 1000}}}'


def candle_values(item: Instrument, row: Candle) -> list[str]:
    """A candle as the venue orders it: the close stands second."""
    price = item.price_number
    return [
        str(row.start_ms // 1000), price(row.open), price(row.close), price(row.high), price(row.low),
        item.size_number(row.volume), short_text(row.turnover, item.tick_decimals + item.lot_decimals),
    ]  # fmt: skip


def taker_side(trade: Trade) -> str:
    """The aggressor's side."""
    return "sell" if trade.buyer_is_maker else "buy"
