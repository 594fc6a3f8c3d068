"""Clients of the soak: they come, ask for something, read it for some seconds, and leave in one of several ways."""

from __future__ import annotations

import random
import sys
import threading
import time
from typing import Any

import grpc

from onebook.v1 import analytics_pb2, analytics_pb2_grpc, market_data_pb2, market_data_pb2_grpc

CLIENTS = 20
PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")


def opened(channel: grpc.Channel, chosen: random.Random, market: str) -> Any:
    """A stream of some kind."""
    books: Any = market_data_pb2_grpc.MarketDataServiceStub(channel)
    prices: Any = analytics_pb2_grpc.AnalyticsServiceStub(channel)
    kind = chosen.randrange(4)
    if kind == 0:
        request = market_data_pb2.StreamBookRequest(market=market, levels=chosen.choice((1, 5, 10, 100)))
        return books.StreamBook(request)
    if kind == 1:
        return books.StreamTrades(market_data_pb2.StreamTradesRequest(market=market))
    if kind == 2:
        return books.StreamVenueStatus(market_data_pb2.StreamVenueStatusRequest(market=market))
    candles = analytics_pb2.StreamCandlesRequest(market=market, intervals=["1m"], include_open=True)
    return prices.StreamCandles(candles)


def client(port: int, seed: int) -> None:
    """One after the other, until the process is killed."""
    chosen = random.Random(seed)
    while True:
        with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)]) as channel:
            books: Any = market_data_pb2_grpc.MarketDataServiceStub(channel)
            market = chosen.choice(PAIRS)
            stream, until = opened(channel, chosen, market), time.monotonic() + chosen.uniform(1.0, 10.0)
            try:
                for _ in stream:
                    if time.monotonic() > until:
                        break
                books.GetBook(market_data_pb2.GetBookRequest(market=market), timeout=30)
                if chosen.random() < 0.5:
                    stream.cancel()  # Else the channel is closed under it.
            except grpc.RpcError as error:
                print(f"client {seed}: {error}", file=sys.stderr)


def main() -> None:
    """Until the process is killed."""
    for seed in range(CLIENTS):
        threading.Thread(target=client, args=(int(sys.argv[1]), seed), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
