"""The examples run as they are shown, under the installed name `onebook.client`, against a real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from onebook.compat import orderbook_pb2, orderbook_pb2_grpc
from onebook.v1 import analytics_pb2 as api_analytics
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from tests.client.analytics_data import candles, make_candle, make_quote
from tests.client.fake_server import FakeServer, Send, Stall, books, make_book

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A path on which the checkout's folders have their installed names, and an `onebook` command."""
    (tmp_path / "onebook").mkdir()
    (tmp_path / "onebook" / "client").symlink_to(ROOT / "client")
    command = tmp_path / "bin" / "onebook"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nshift\nexec "{sys.executable}" -m onebook.client "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT / 'proto'}", "PYTHONUNBUFFERED": "1", "PATH": path}


def first_line(environment: dict[str, str], *command: str) -> str:
    """The first line of an example's output."""
    return first_lines(environment, 1, *command)[0]


def first_lines(environment: dict[str, str], count: int, *command: str) -> list[str]:
    """The first lines of an example's output; the example is then interrupted and must leave quietly."""
    process = subprocess.Popen(
        command, cwd=ROOT / "examples", env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(count)]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert all(lines) or not err, err
    return [line.strip() for line in lines]


def test_ten_lines(server: FakeServer, environment: dict[str, str]) -> None:
    server.script("StreamBook", [*books(make_book()), Stall()])
    line = first_line(environment, sys.executable, "ten_lines.py", server.target)
    assert line == "61837.63 binance 61837.66 bitstamp 0.03"
    code = [line for line in (ROOT / "examples" / "ten_lines.py").read_text().splitlines() if line.strip()]
    assert len(code) <= 10


def test_spread_watch(server: FakeServer, environment: dict[str, str]) -> None:
    message = make_book()
    message.spread = 300000
    message.venues[1].state = pb.VENUE_STATE_STALE
    server.script("StreamBook", [*books(message), Stall()])
    line = first_line(environment, sys.executable, "spread_watch.py", server.target)
    assert line == "spread 3000.00 is 485.14 bp; without bitstamp stale"


def test_async_two_markets(server: FakeServer, environment: dict[str, str]) -> None:
    summary = pb.Summary(market="A/B", price_exponent=-2, mid=61837635)
    server.script("StreamSummary", [Send(api.StreamSummaryResponse(summary=summary)), Stall()])
    line = first_line(environment, sys.executable, "async_two_markets.py", server.target)
    assert line == "BTC/USDT 61,837.64   ETH/USDT 61,837.64   ratio 1.0000"


def test_real_spread(server: FakeServer, environment: dict[str, str]) -> None:
    buy, sell = (Send(api_analytics.StreamQuoteResponse(quote=make_quote(side))) for side in ("buy", "sell"))
    server.script("StreamQuote", [buy, Stall()], [sell, Stall()])
    line = first_line(environment, sys.executable, "real_spread.py", server.target, "BTC/USDT", "2")
    sides = [request.order.side for _, request in server.requests]
    assert sorted(sides) == [api_analytics.QUOTE_SIDE_BUY, api_analytics.QUOTE_SIDE_SELL]
    assert line == "round trip 123.68 a unit, 20.00 bp; buy 1.5 on binance, 0.5 on bitstamp"


def test_trusted_candles(server: FakeServer, environment: dict[str, str]) -> None:
    server.script("GetCandles", [Send(api_analytics.GetCandlesResponse(candles=[make_candle(0), make_candle(2)]))])
    partial = make_candle(3, state=api_analytics.CANDLE_STATE_PARTIAL_GAP)
    server.script("StreamCandles", [*candles(partial), Stall()])
    command = (sys.executable, "trusted_candles.py", server.target)
    first, second = first_lines(environment, 2, *command)
    assert first == "2 candles of the last hour, 2 of them complete"
    assert second == "close 61837.04 (partial gap: left out), mean of 2 closes 61837.07"


def test_json_pipe(server: FakeServer, environment: dict[str, str]) -> None:
    server.script("StreamBook", [*books(make_book(1), make_book(2)), Stall()])
    done = subprocess.run(
        ["./json_pipe.sh", "BTC/USDT", server.target, "2"],
        cwd=ROOT / "examples",
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout == "61837.63\t61837.66\t0.03\n" * 2


class _Aggregator(orderbook_pb2_grpc.OrderbookAggregatorServicer):
    def __init__(self) -> None:
        self.stop = threading.Event()

    def BookSummary(self, request: Any, context: Any) -> Iterator[Any]:
        level = orderbook_pb2.Level(exchange="binance", price=100.5, amount=2)
        yield orderbook_pb2.Summary(spread=0.25, bids=[level])
        context.add_callback(self.stop.set)
        self.stop.wait(10)

    def BookSummaryForSymbol(self, request: Any, context: Any) -> Iterator[Any]:
        return self.BookSummary(request, context)


def test_compat_client(environment: dict[str, str]) -> None:
    server, servicer = grpc.server(ThreadPoolExecutor(2)), _Aggregator()
    orderbook_pb2_grpc.add_OrderbookAggregatorServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        assert first_line(environment, sys.executable, "compat_client.py", f"127.0.0.1:{port}") == "spread 0.25"
    finally:
        servicer.stop.set()
        server.stop(None).wait()
