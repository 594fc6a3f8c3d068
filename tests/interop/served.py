"""The server of the interop tests: python -m tests.interop.served TRANSPORT [CERTIFICATE KEY]

Everything that a client talks to is the server's own; the markets change by themselves, so that no exchange is needed.
BTC/USDT changes 20 times per second. ETH/BTC never changes, so that every client can be asked for its exact levels.
Prints {"port": N}; at SIGTERM it drains as server.py does, and prints {"summaries": N}: how many calls of GetSummary it
has answered.
"""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
import threading
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.stack import LEVELS, PAIR, LiveMarket, Ticker
from orderbook_ext import OrderBook
from server.analytics.engine import AnalyticsEngine
from server.analytics.settings import AnalyticsSettings
from server.api.calls import Service
from server.api.compat import Compat
from server.api.market_data import MarketData
from server.api.past_streams import PastStreams
from server.api.requests import RequestLimits, RequestReader
from server.api.streams import Streams
from server.api.topics import Topics
from server.market.market import Market
from server.model import Pair, VenueState
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.transport.tls import Certificates, Tls
from tests.transport.servers import served

RATE = 20
STREAMS = 500
GRACE = 5.0
STILL = Pair("ETH", "BTC")
STILL_BIDS = [("0.03412345", "12.5"), ("0.03412344", "0.00000001"), ("0.0341", "92233720368.54775807")]
STILL_ASKS = [("0.0341235", "3"), ("0.04", "1000"), ("1", "0.1")]
"""Prices and sizes with few digits, with many, and with all that the contract's mantissas can hold."""


def still_market() -> Market:
    """A market of one live venue whose book stays as it is."""
    market = Market(STILL, ("alpha",), lambda _market: None)
    book = OrderBook(8, 8, lock=market.lock)
    book.load(STILL_BIDS, STILL_ASKS)
    entry = market.entries["alpha"]
    entry.book = book
    entry.stamp(time.time_ns(), time.time_ns(), time.monotonic_ns(), 1)
    entry.state = VenueState.LIVE
    return market


class Counted:
    """A service, one of whose calls is counted when its answer is made."""

    def __init__(self, service: Service, name: str) -> None:
        self.count = 0
        self._lock = threading.Lock()
        call = service.unary[name]

        def answer(request: Any) -> bytes:
            payload = call.answer(request)
            with self._lock:
                self.count += 1
            return payload

        unary = {**service.unary, name: dataclasses.replace(call, answer=answer)}
        self.service = dataclasses.replace(service, unary=unary)


def main(transport: str, files: Sequence[str]) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    dispatcher = Dispatcher(Epoch.now())
    live = LiveMarket(dispatcher.book_changed)
    markets = {PAIR: live.market, STILL: still_market()}
    for market in markets.values():
        dispatcher.add_market(market)
    analytics = AnalyticsEngine(AnalyticsSettings(), dispatcher.publisher.emit, dispatcher.book_changed)
    dispatcher.listen(analytics)
    reader = RequestReader(markets, LEVELS, Decimal(0), RequestLimits(streams=STREAMS))
    topics, streams = Topics(dispatcher, 1000), Streams(STREAMS)
    past = PastStreams(None, dispatcher.epoch)
    data = Counted(MarketData(reader, topics, {}, analytics, past).service(), "GetSummary")
    certificates = Certificates(Tls(Path(files[0]), Path(files[1]))) if files else None
    server = served(transport, [data.service, Compat(reader, topics).service()], streams, STREAMS, tls=certificates)
    ticker = Ticker(live.change, RATE)
    dispatcher.start()
    server.start()
    ticker.start()
    print(json.dumps({"port": server.port}), flush=True)
    stop.wait()
    server.stop(GRACE)
    ticker.stop()
    dispatcher.stop(2)
    print(json.dumps({"summaries": data.count}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
