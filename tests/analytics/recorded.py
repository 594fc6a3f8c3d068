"""Trades of the captures, read without the server's own parsers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from server.model import Side, Trade
from server.protocol.fields import iso_nanos
from tests.captures import records

MILLISECOND = 1_000_000
Row = tuple[str, str, Any, Any, int]  # symbol, id, price, size, nanoseconds


def trades(capture: str) -> dict[str, list[Trade]]:
    """All trades of a capture by the symbols of its golden file, each once, in order of receipt."""
    read = READERS[capture.partition("/")[0]]
    found: dict[str, dict[str, Trade]] = {}
    for record in records(f"{capture}.jsonl.gz"):
        if record["k"] != "recv":
            continue
        message = json.loads(record["d"], parse_float=Decimal)
        for symbol, trade_id, price, size, time in read(message, record["u"]):
            known = found.setdefault(symbol, {})
            trade = Trade(symbol, trade_id, Decimal(price), Decimal(size), Side.UNKNOWN, time)
            known.setdefault(trade_id or str(len(known)), trade)
    return {symbol: list(known.values()) for symbol, known in found.items()}


def _binance(message: Any, _url: str) -> Iterator[Row]:
    data = message.get("data", {}) if isinstance(message, dict) else {}
    if data.get("e") in ("trade", "aggTrade"):
        yield data["s"], str(data.get("t", data.get("a"))), data["p"], data["q"], data["T"] * MILLISECOND


def _bybit(message: Any, url: str) -> Iterator[Row]:
    if str(message.get("topic", "")).startswith("publicTrade."):
        for each in message["data"]:
            symbol = f"{each['s']} {url.rpartition('/')[2]}"
            yield symbol, each["i"], each["p"], each["v"], each["T"] * MILLISECOND


def _coinbase_advanced(message: Any, _url: str) -> Iterator[Row]:
    for event in message.get("events", ()) if message.get("channel") == "market_trades" else ():
        # Newest first.
        for each in reversed(event["trades"]):
            yield each["product_id"], each["trade_id"], each["price"], each["size"], iso_nanos(each["time"])


def _coinbase_exchange(message: Any, _url: str) -> Iterator[Row]:
    if message.get("type") in ("match", "last_match"):
        time = iso_nanos(message["time"])
        yield message["product_id"], str(message["trade_id"]), message["price"], message["size"], time


def _ftx(message: Any, _url: str) -> Iterator[Row]:
    if message.get("channel") == "trades" and message.get("type") == "update":
        for each in message["data"]:
            yield message["market"], str(each["id"]), each["price"], each["size"], iso_nanos(each["time"])


def _kraken(message: Any, _url: str) -> Iterator[Row]:
    if isinstance(message, list) and message[-2] == "trade":
        for price, size, time, *_ in message[1]:
            yield message[-1], "", price, size, int(Decimal(time) * 1_000_000_000)


READERS: dict[str, Callable[[Any, str], Iterator[Row]]] = {
    "binance_spot": _binance,
    "binance_us": _binance,
    "binance_usdm": _binance,
    "bybit": _bybit,
    "coinbase_advanced": _coinbase_advanced,
    "coinbase_exchange": _coinbase_exchange,
    "ftx": _ftx,
    "kraken": _kraken,
}
