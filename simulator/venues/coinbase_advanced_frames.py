"""The websocket messages of Coinbase Advanced Trade, written as text with the number 0 for `numbered` to replace."""

import json
import re
from collections.abc import Iterable
from typing import Any

from ..book import Levels
from ..generator import VenueMarket
from ..instruments import Instrument
from ..trade_history import Candle, Trade
from .coinbase import day_of, iso

_NUMBER = re.compile(r'"sequence_num":\d+')


def envelope(channel: str, events: str, time_us: int) -> str:
    """A message of a channel, not yet numbered."""
    return (
        f'{{"channel":"{channel}","client_id":"","timestamp":"{fine(time_us)}","sequence_num":0,"events":[{events}]}}'
    )  # fmt: skip


def numbered(text: str, number: int) -> str:
    """A message with its number on a connection; a recorded one is numbered anew."""
    return _NUMBER.sub(f'"sequence_num":{number}', text, count=1)


def fine(time_us: int) -> str:
    """A time with nanoseconds."""
    return iso(time_us)[:-1] + "000Z"


def subscriptions(streams: Iterable[str], time_us: int) -> str:
    """All that a connection is subscribed to."""
    channels: dict[str, list[str]] = {}
    for stream in streams:
        channel, _, product = stream.partition(":")
        channels.setdefault(channel, []).append(product or channel)
    return envelope("subscriptions", json.dumps({"subscriptions": channels}, separators=(",", ":")), time_us)


def level2(item: Instrument, kind: str, bids: Levels, asks: Levels, time_us: int) -> str:
    """An l2_data message: a snapshot or an update."""
    stamp = iso(time_us)
    rows = ",".join(
        f'{{"side":"{side}","event_time":"{stamp}","price_level":"{item.price_number(price)}",'
        f'"new_quantity":"{item.size_number(size)}"}}'
        for side, levels in (("bid", bids), ("offer", asks))
        for price, size in levels
    )
    event = f'{{"type":"{kind}","product_id":"{item.symbol}","updates":[{rows}]}}'
    return envelope("l2_data", event, time_us)


def trades(item: Instrument, kind: str, known: list[tuple[Trade, str]], time_us: int) -> str:
    """A market_trades message of trades with their side; the newest stands first."""
    rows = ",".join(json.dumps(trade_entry(item, one, side), separators=(",", ":")) for one, side in reversed(known))
    return envelope("market_trades", f'{{"type":"{kind}","trades":[{rows}]}}', time_us)


def trade_entry(item: Instrument, one: Trade, side: str) -> dict[str, Any]:
    """One trade."""
    return {"product_id": item.symbol, "trade_id": str(one.id), "price": item.price_number(one.price),
            "size": item.size_number(one.size), "time": iso(one.time_us), "side": side.upper()}  # fmt: skip


def ticker(market: VenueMarket, kind: str, channel: str, time_us: int) -> str:
    """A ticker message."""
    item, (opened, low, high, volume) = market.instrument, day_of(market)
    bid, bid_size, ask, ask_size = market.book.touch()
    price, size, last = item.price_number, item.size_number, market.history.last_price
    change = (last - opened) * 100 / opened
    event = (
        f'{{"type":"{kind}","tickers":[{{"type":"ticker","product_id":"{item.symbol}","price":"{price(last)}",'
        f'"volume_24_h":"{size(volume)}","low_24_h":"{price(low)}","high_24_h":"{price(high)}",'
        f'"low_52_w":"{price(low)}","high_52_w":"{price(high)}","price_percent_chg_24_h":"{change:.14f}",'
        f'"best_bid":"{price(bid)}","best_ask":"{price(ask)}","best_bid_quantity":"{size(bid_size)}",'
        f'"best_ask_quantity":"{size(ask_size)}"}}]}}'
    )
    return envelope(channel, event, time_us)


def candles(item: Instrument, kind: str, known: list[Candle], time_us: int) -> str:
    """A candles message."""
    rows = [{**candle_entry(item, candle), "product_id": item.symbol} for candle in known]
    return envelope("candles", json.dumps({"type": kind, "candles": rows}, separators=(",", ":")), time_us)


def candle_entry(item: Instrument, candle: Candle) -> dict[str, str]:
    """One candle."""
    price = item.price_number
    return {"start": str(candle.start_ms // 1000), "high": price(candle.high), "low": price(candle.low),
            "open": price(candle.open), "close": price(candle.close),
            "volume": item.size_number(candle.volume)}  # fmt: skip


def heartbeat(counter: int, time_us: int) -> str:
    """The second's heartbeat."""
    now = f"{iso(time_us)[:-1].replace('T', ' ')}000 +0000 UTC m=+{counter}.000000000"
    return envelope("heartbeats", f'{{"current_time":"{now}","heartbeat_counter":{counter}}}', time_us)


def status(products: list[dict[str, Any]], time_us: int) -> str:
    """The list of products."""
    return envelope("status", json.dumps({"type": "snapshot", "products": products}, separators=(",", ":")), time_us)
