"""Jobs of Quix Streams over onebook's topics: VWAP per window, spread across venues, candles of candles.

    pip install quixstreams
    PYTHONPATH=proto python examples/engines/quix_jobs.py vwap --kafka localhost:9092 --seconds 60

Every line of the output is one JSON object. All sums are decimal: the results are those of onebook's own calls to the
last digit. A trade that comes twice counts once.
"""

from __future__ import annotations

import argparse
import json
import logging
import threading
from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from typing import Any

import decode
from quixstreams import Application

EXACT = Context(prec=60)
LATE_MS = 2_000
"""How late trades may come, as for onebook's candles."""
State = dict[str, Any]


# -- VWAP per window of all trades of a pair


def first_trade(trade: dict[str, Any]) -> State:
    return next_trade({"volume": "0", "quote_volume": "0", "trades": 0, "seen": []}, trade)


def next_trade(state: State, trade: dict[str, Any]) -> State:
    """Sums with one trade more."""
    known = f"{trade['venue']}|{trade['trade_id']}"
    if known in state["seen"]:
        return state
    with localcontext(EXACT):
        size, price = Decimal(trade["size"]), Decimal(trade["price"])
        volume, quote = Decimal(state["volume"]) + size, Decimal(state["quote_volume"]) + size * price
    seen = [*state["seen"], known]
    return {"volume": f"{volume:f}", "quote_volume": f"{quote:f}", "trades": state["trades"] + 1, "seen": seen}


def vwap(window: dict[str, Any]) -> dict[str, Any]:
    """The result of one window."""
    state = window["value"]
    with localcontext(EXACT):
        volume, quote = Decimal(state["volume"]), Decimal(state["quote_volume"])
        price = (quote / volume).quantize(Decimal("1e-12")) if volume else None
    return {
        "start_ms": window["start"],
        "vwap": None if price is None else f"{price:f}",
        "volume": state["volume"],
        "quote_volume": state["quote_volume"],
        "trades": state["trades"],
    }


def trades_vwap(application: Application, prefix: str, window_ms: int) -> None:
    rows = stream(application, f"{prefix}md.trade.v1", decode.trade, "time_ns").filter(lambda trade: trade is not None)
    by_pair = rows.group_by("market")
    windows = by_pair.tumbling_window(duration_ms=window_ms, grace_ms=LATE_MS).reduce(next_trade, first_trade).final()
    windows.apply(vwap).update(show, metadata=True)


# -- the spread of all venues of a pair


def spread(top: dict[str, Any], state: Any) -> dict[str, Any]:
    """The best bid and ask of all venues after a change of one of them."""
    tops = state.get("tops", {})
    tops[top["venue"]] = {"bid": top["bid"], "ask": top["ask"]}
    state.set("tops", tops)
    bids = [(Decimal(each["bid"]), venue) for venue, each in tops.items() if each["bid"]]
    asks = [(Decimal(each["ask"]), venue) for venue, each in tops.items() if each["ask"]]
    bid, ask = max(bids, default=None), min(asks, default=None)
    return {
        "bid": f"{bid[0]:f}" if bid else None,
        "bid_venue": bid[1] if bid else None,
        "ask": f"{ask[0]:f}" if ask else None,
        "ask_venue": ask[1] if ask else None,
        "spread": f"{ask[0] - bid[0]:f}" if bid and ask else None,
    }


def venues_spread(application: Application, prefix: str, _window_ms: int) -> None:
    rows = stream(application, f"{prefix}md.book.v1", decode.top_of_book, None)
    rows.group_by("market").apply(spread, stateful=True).update(show, metadata=True)


# -- candles of candles


def first_candle(candle: dict[str, Any]) -> State:
    return next_candle({}, candle)


def next_candle(state: State, candle: dict[str, Any]) -> State:
    """The short candles of a long one; the highest revision of each counts."""
    known = state.get(str(candle["open_time_ns"]))
    if known is not None and known["revision"] > candle["revision"]:
        return state
    return {**state, str(candle["open_time_ns"]): candle}


def long_candle(window: dict[str, Any]) -> dict[str, Any]:
    """The result of one window."""
    parts = [candle for _, candle in sorted(window["value"].items(), key=lambda item: int(item[0])) if candle["open"]]
    with localcontext(EXACT):
        volume = sum((Decimal(part["volume"]) for part in parts), Decimal(0))
        quote = sum((Decimal(part["quote_volume"]) for part in parts), Decimal(0))
    return {
        "start_ms": window["start"],
        "open": parts[0]["open"] if parts else None,
        "high": f"{max(Decimal(part['high']) for part in parts):f}" if parts else None,
        "low": f"{min(Decimal(part['low']) for part in parts):f}" if parts else None,
        "close": parts[-1]["close"] if parts else None,
        "volume": f"{volume:f}",
        "quote_volume": f"{quote:f}",
        "trades": sum(part["trades"] for part in parts),
    }


def candles_rolled_up(application: Application, prefix: str, window_ms: int) -> None:
    """Candles of one second of all venues together, as candles of the window."""
    rows = stream(application, f"{prefix}md.candle.v1", decode.candle, "open_time_ns")
    seconds = rows.filter(lambda candle: candle["interval"] == "1s" and candle["venue"] == "")
    windows = seconds.group_by("market").tumbling_window(duration_ms=window_ms, grace_ms=LATE_MS)
    windows.reduce(next_candle, first_candle).final().apply(long_candle).update(show, metadata=True)


# -- the rest


def stream(application: Application, topic: str, read: Callable[[bytes], Any], time: str | None) -> Any:
    """The records of a topic as dictionaries, at the time of their field `time`."""

    def timestamp(value: bytes, _headers: Any, kafka_ms: float, _kind: Any) -> int:
        row = read(value) if time is not None else None
        return int(kafka_ms) if row is None else int(row[time]) // 1_000_000

    found = application.topic(topic, value_deserializer="bytes", key_deserializer="str", timestamp_extractor=timestamp)
    return application.dataframe(found).apply(read)


def show(value: dict[str, Any], key: Any, _timestamp: int, _headers: Any) -> None:
    print(json.dumps({"market": key if isinstance(key, str) else key.decode(), **value}), flush=True)


JOBS: dict[str, Callable[[Application, str, int], None]] = {
    "vwap": trades_vwap,
    "spread": venues_spread,
    "candles": candles_rolled_up,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--kafka", default="localhost:9092", metavar="HOST:PORT,...")
    parser.add_argument("--prefix", default="", help="before the names of topics")
    parser.add_argument("--window", type=int, default=60_000, metavar="MS", help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.0, help="end after so long (default: never)")
    parser.add_argument("--state", default="state", metavar="DIR", help="where Quix keeps its state (default: ./state)")
    given = parser.parse_args()
    application = Application(
        broker_address=given.kafka,
        consumer_group=f"onebook-{given.job}",
        auto_offset_reset="earliest",
        loglevel=logging.WARNING,
        state_dir=given.state,
    )
    JOBS[given.job](application, given.prefix, given.window)
    if given.seconds:
        threading.Timer(given.seconds, application.stop).start()
    application.run()


if __name__ == "__main__":
    main()
