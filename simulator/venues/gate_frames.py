"""The websocket frames of Gate, spot and futures, written as text. Numbers have no trailing zeros."""

import json
from typing import Any

from ..book import Book, Levels
from ..decimals import short_text
from ..generator import Touch
from ..instruments import Instrument
from ..trade_history import Candle, Trade
from ..window import Changes, Window


def envelope(channel: str, event: str, result: str, time_us: int) -> str:
    """A message of a channel."""
    return (
        f'{{"time":{time_us // 1_000_000},"time_ms":{time_us // 1000},"channel":"{channel}","event":"{event}",'
        f'"result":{result}}}'
    )


def reply(request: dict[str, Any], event: str, error: tuple[int, str] | None, time_us: int) -> str:
    """The answer to a subscribe or unsubscribe message."""
    body: dict[str, Any] = {"time": time_us // 1_000_000, "time_ms": time_us // 1000}
    if "id" in request:
        body["id"] = request["id"]
    body["channel"], body["event"] = request.get("channel", ""), event
    body["error"] = None if error is None else {"code": error[0], "message": error[1]}
    body["result"] = {"status": "success"} if error is None else None
    return json.dumps(body, separators=(",", ":"))


def pong(channel: str, time_us: int) -> str:
    """The answer to a ping message."""
    name = channel.replace("ping", "pong")
    return f'{{"time":{time_us // 1_000_000},"channel":"{name}","event":"","error":null,"result":null}}'


def rows(item: Instrument, levels: Levels) -> str:
    """Levels of a spot book."""
    return ",".join(f'["{item.price_number(price)}","{item.size_number(size)}"]' for price, size in levels)


def contract_rows(item: Instrument, levels: Levels) -> str:
    """Levels of a futures book: sizes are whole contracts."""
    return ",".join(f'{{"p":"{item.price_number(price)}","s":{size}}}' for price, size in levels)


def spot_update(item: Instrument, window: Window, changes: Changes, time_us: int) -> str:
    """The result of spot.order_book_update."""
    return (
        f'{{"t":{time_us // 1000},"e":"depthUpdate","E":{time_us // 1_000_000},"s":"{item.symbol}",'
        f'"U":{window.previous + 1},"u":{window.sequence},'
        f'"b":[{rows(item, changes.bids)}],"a":[{rows(item, changes.asks)}]}}'
    )


def spot_whole(item: Instrument, window: Window, time_us: int) -> str:
    """A whole book amid the updates: it replaces what the client has."""
    return (
        f'{{"t":{time_us // 1000},"full":true,"l":"{window.depth}","e":"depthUpdate","E":{time_us // 1_000_000},'
        f'"s":"{item.symbol}","U":{window.previous + 1},"u":{window.sequence},'
        f'"b":[{rows(item, window.bids)}],"a":[{rows(item, window.asks)}]}}'
    )


def obu_whole(item: Instrument, name: str, window: Window, time_us: int) -> str:
    """The first result of an obu stream."""
    return (
        f'{{"t":{time_us // 1000},"full":true,"s":"{name}","u":{window.sequence},'
        f'"b":[{rows(item, window.bids)}],"a":[{rows(item, window.asks)}]}}'
    )


def obu_update(item: Instrument, name: str, window: Window, changes: Changes, time_us: int) -> str:
    """A later result of an obu stream; a side without changes is left out."""
    sides = "".join(
        f',"{key}":[{rows(item, levels)}]' for key, levels in (("b", changes.bids), ("a", changes.asks)) if levels
    )
    return f'{{"t":{time_us // 1000},"s":"{name}","U":{window.previous + 1},"u":{window.sequence}{sides}}}'


def contract_update(item: Instrument, window: Window, changes: Changes, time_us: int) -> str:
    """The result of futures.order_book_update."""
    return (
        f'{{"t":{time_us // 1000},"s":"{item.symbol}","U":{window.previous + 1},"u":{window.sequence},'
        f'"b":[{contract_rows(item, changes.bids)}],"a":[{contract_rows(item, changes.asks)}],"l":"{window.depth}"}}'
    )


def spot_book(item: Instrument, book: Book, count: int, sequence: int, time_us: int) -> str:
    """The result of spot.order_book: the top of the book, whole."""
    return (
        f'{{"t":{time_us // 1000},"lastUpdateId":{sequence},"s":"{item.symbol}","l":"{count}",'
        f'"bids":[{rows(item, book.bids.top(count))}],"asks":[{rows(item, book.asks.top(count))}]}}'
    )


def spot_ticker(item: Instrument, touch: Touch, time_us: int) -> str:
    """The result of spot.book_ticker."""
    price, size = item.price_number, item.size_number
    return (
        f'{{"t":{time_us // 1000},"u":{touch.sequence},"s":"{item.symbol}","b":"{price(touch.bid)}",'
        f'"B":"{size(touch.bid_size)}","a":"{price(touch.ask)}","A":"{size(touch.ask_size)}"}}'
    )


def contract_ticker(item: Instrument, touch: Touch, time_us: int) -> str:
    """The result of futures.book_ticker."""
    return (
        f'{{"t":{time_us // 1000},"u":{touch.sequence},"s":"{item.symbol}","b":"{item.price_number(touch.bid)}",'
        f'"B":{touch.bid_size},"a":"{item.price_number(touch.ask)}","A":{touch.ask_size}}}'
    )


def spot_trade(item: Instrument, trade: Trade) -> str:
    """The result of spot.trades; the milliseconds are text with a fraction."""
    return (
        f'{{"id":{trade.id},"create_time":{trade.time_us // 1_000_000},"create_time_ms":"{fine_ms(trade.time_us)}",'
        f'"side":"{taker_side(trade)}","currency_pair":"{item.symbol}","amount":"{item.size_number(trade.size)}",'
        f'"price":"{item.price_number(trade.price)}"}}'
    )


def contract_trades(item: Instrument, trades: list[Trade]) -> str:
    """The result of futures.trades: a list; the sign of the size is the taker's side."""
    return "[" + ",".join(
        f'{{"id":{trade.id},"create_time":{trade.time_us // 1_000_000},"create_time_ms":{trade.time_us // 1000},'
        f'"contract":"{item.symbol}","size":{-trade.size if trade.buyer_is_maker else trade.size},'
        f'"price":"{item.price_number(trade.price)}"}}'
        for trade in trades
    ) + "]"  # fmt: skip


def spot_candle(item: Instrument, name: str, candle: Candle, closed: bool) -> str:
    """The result of spot.candlesticks."""
    price = item.price_number
    return (
        f'{{"t":"{candle.start_ms // 1000}","v":"{quote_volume(item, candle)}","c":"{price(candle.close)}",'
        f'"h":"{price(candle.high)}","l":"{price(candle.low)}","o":"{price(candle.open)}",'
        f'"n":"{name}_{item.symbol}","a":"{item.size_number(candle.volume)}","w":{"true" if closed else "false"}}}'
    )


def quote_volume(item: Instrument, candle: Candle) -> str:
    """A candle's turnover in the quote asset."""
    return short_text(candle.turnover * item.lot_step, item.tick_decimals + item.lot_decimals)


def fine_ms(time_us: int) -> str:
    """Milliseconds with three decimals."""
    return f"{time_us // 1000}.{time_us % 1000:03d}"


def taker_side(trade: Trade) -> str:
    """The aggressor's side."""
    return "sell" if trade.buyer_is_maker else "buy"
