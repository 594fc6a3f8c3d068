"""The live screen in a real pseudo-terminal: keys, the server going away, and the terminal given back."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import grpc
import pytest

from client.tui.keys import Keys, split_keys
from onebook.v1 import analytics_pb2 as api_analytics
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from tests.client.analytics_data import candles, make_averages, make_candle, make_quote, make_vwap, venues
from tests.client.fake_server import Fail, FakeServer, Repeat, Send, Stall, make_book
from tests.client.test_cli import ENVIRONMENT, ROOT

pytestmark = pytest.mark.slow

CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """`onebook watch` with a pseudo-terminal of 80x24 for a screen and a keyboard."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.output = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "client", *arguments],
            stdin=self.slave,
            stdout=self.slave,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**ENVIRONMENT, "TERM": "xterm-256color", **environment},
            start_new_session=True,
        )

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    def until(self, text: str, timeout: float = 15) -> str:
        """Read the screen until a text appears on it after the last one waited for; what was read, without colours."""
        deadline = time.monotonic() + timeout
        seen = b""
        while text.encode() not in CONTROL.sub(b"", seen):
            ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"{text!r} did not appear in {CONTROL.sub(b'', seen).decode(errors='replace')}")
            seen += os.read(self.master, 65536)
        self.output += seen
        return CONTROL.sub(b"", seen).decode(errors="replace")

    def end(self) -> tuple[int, str]:
        """Wait for the process; its status and stderr."""
        while self.process.poll() is None:
            ready, _, _ = select.select([self.master], [], [], 0.05)
            if ready:
                self.output += os.read(self.master, 65536)
        while select.select([self.master], [], [], 0)[0]:
            self.output += os.read(self.master, 65536)
        assert self.process.stderr is not None
        return self.process.returncode, self.process.stderr.read().decode()

    def close(self) -> None:
        """Release everything."""
        self.process.kill()
        self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal(server: FakeServer) -> Iterator[Terminal]:
    server.script("StreamBook", [Repeat(lambda n: api.StreamBookResponse(book=make_book(n, levels=10)), pause=0.02)])
    server.script("ListMarkets", [Send(api.ListMarketsResponse())])
    made = Terminal("BTC/USDT", "--server", server.target)
    yield made
    made.close()


def test_keys_change_the_view_and_q_gives_the_terminal_back(server: FakeServer, terminal: Terminal) -> None:
    screen = terminal.until("spread 0.03")
    assert "onebook  BTC/USDT" in screen
    assert termios.tcgetattr(terminal.slave) != terminal.before
    terminal.press("-")
    terminal.until("depth 5")
    terminal.press("2")
    terminal.until("venues binance")
    terminal.press(" ")
    terminal.until("PAUSED")
    terminal.press("?")
    terminal.until("hold the screen still")
    terminal.press("q")
    assert terminal.end() == (0, "")
    assert termios.tcgetattr(terminal.slave) == terminal.before
    assert b"\x1b[?1049h" in terminal.output
    assert terminal.output.rstrip().endswith((b"\x1b[?25h", b"\x1b[?1049l"))
    asked = [(request.levels, list(request.venues)) for name, request in server.requests if name == "StreamBook"]
    assert asked == [(10, []), (5, []), (5, ["binance"])]


def script_panes(server: FakeServer) -> None:
    history = api_analytics.GetCandlesResponse(candles=[make_candle(number) for number in range(40)])
    server.script("GetCandles", [Send(history)])
    server.script("StreamCandles", [*candles(make_candle(40, state=api_analytics.CANDLE_STATE_OPEN)), Stall()])
    server.script("StreamAverages", [Send(api_analytics.StreamAveragesResponse(averages=make_averages())), Stall()])
    server.script("StreamTradeVwap", [Send(api_analytics.StreamTradeVwapResponse(vwap=make_vwap())), Stall()])
    server.script("StreamQuote", [Send(api_analytics.StreamQuoteResponse(quote=make_quote())), Stall()])


def asked_sizes(server: FakeServer) -> list[str]:
    return [request.order.size for name, request in server.requests if name == "StreamQuote"]


def test_panes_take_their_streams_only_while_they_are_shown(server: FakeServer, terminal: Terminal) -> None:
    script_panes(server)
    terminal.until("spread 0.03")
    assert {name for name, _ in server.requests} == {"StreamBook", "ListMarkets"}
    terminal.press("c")
    terminal.until("61,837.46 open all venues")
    terminal.press("w")
    terminal.until("trade VWAP 61,837.123")
    terminal.press("s")
    terminal.until("0.40 bp")
    while len(sizes := asked_sizes(server)) < 2:
        time.sleep(0.01)
    terminal.press("]")
    terminal.until("sweep 5 BTC")
    for _ in range(2):
        assert server.left.acquire(timeout=10), "the quotes of the size before are given up"
    assert server.left.acquire(timeout=10), "GetCandles ends by itself"
    terminal.press("cws")
    for _ in range(5):
        assert server.left.acquire(timeout=10), "a stream of a closed pane is given up"
    terminal.press("v")
    terminal.until("venues binance")
    terminal.press("q")
    assert terminal.end() == (0, "")
    assert (sizes, asked_sizes(server)) == (["2", "2"], ["2", "2", "5", "5"])


def test_a_key_switches_pairs_and_escape_closes_the_help(server: FakeServer, terminal: Terminal) -> None:
    names = ("BTC/USDT", "ETH/USDT")
    server.script("ListMarkets", [Send(api.ListMarketsResponse(markets=[pb.Market(name=name) for name in names]))])
    terminal.until("spread 0.03")
    terminal.press("?")
    terminal.until("close this help")
    terminal.press("\x1b")
    terminal.until("spread 0.03")
    terminal.press("\t")
    while "ETH/USDT" not in (asked := [request.market for name, request in server.requests if name == "StreamBook"]):
        terminal.until("msg/s")
    assert asked == ["BTC/USDT", "ETH/USDT"]
    terminal.press("q")
    assert terminal.end() == (0, "")


def test_candles_of_all_venues_have_the_past_of_each(server: FakeServer, terminal: Terminal) -> None:
    server.script("GetCandles", [Send(api_analytics.GetCandlesResponse(candles=[make_candle(0), make_candle(1)]))])
    server.script("StreamCandles", [*candles(make_candle(2, state=api_analytics.CANDLE_STATE_OPEN)), Stall()])
    server.script("GetVenueStatus", [Send(api.GetVenueStatusResponse(status=pb.VenueStatus(venues=venues())))])
    terminal.until("spread 0.03")
    terminal.press("c")
    while {request.venue for name, request in server.requests if name == "GetCandles"} != {"", "binance", "bitstamp"}:
        terminal.until("msg/s")
    terminal.press("q")
    assert terminal.end() == (0, "")


def test_a_server_without_analytics_costs_the_book_nothing() -> None:
    older = FakeServer(analytics=False)
    older.script("StreamBook", [Repeat(lambda n: api.StreamBookResponse(book=make_book(n, levels=10)), pause=0.02)])
    terminal = Terminal("BTC/USDT", "--server", older.target)
    try:
        terminal.until("spread 0.03")
        terminal.press("cws")
        screen = terminal.until("sweep")
        assert "older than this" in screen + terminal.until("older than this")
        before = len(older.requests)
        terminal.press("cws")
        terminal.until("msg/s")
        assert [name for name, _ in older.requests[before:]] == []
        terminal.press("q")
        assert terminal.end() == (0, "")
    finally:
        terminal.close()
        older.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_give_the_terminal_back(terminal: Terminal, number: signal.Signals) -> None:
    terminal.until("spread")
    terminal.process.send_signal(number)
    assert terminal.end() == (0, "")
    assert termios.tcgetattr(terminal.slave) == terminal.before
    assert b"\x1b[?1049l" in terminal.output


def test_the_server_goes_and_comes_back(server: FakeServer, terminal: Terminal) -> None:
    terminal.until("spread")
    server.stop()
    assert re.search(r"no server for \d+ s, trying again (in \d+\.\d s|now): ", terminal.until("LAST KNOWN"))
    server.start()
    terminal.until("LEVELS HELD")
    terminal.press("q")
    assert terminal.end() == (0, "")


def test_an_error_for_good_ends_the_screen_with_one_line(server: FakeServer) -> None:
    server.script("StreamBook", [Fail(grpc.StatusCode.NOT_FOUND, "no market X/Y")])
    terminal = Terminal("X/Y", "--server", server.target)
    try:
        assert terminal.end() == (2, "onebook watch: no market X/Y\n")
        assert termios.tcgetattr(terminal.slave) == terminal.before
    finally:
        terminal.close()


def test_no_color_is_honoured(server: FakeServer, terminal: Terminal) -> None:
    terminal.until("spread")
    assert b"\x1b[1;31m" in terminal.output
    plain = Terminal("BTC/USDT", "--server", server.target, NO_COLOR="1")
    try:
        plain.until("spread")
        assert not re.search(rb"\x1b\[[0-9;]*(3[1-7]|9[1-7]|38;|48;)", plain.output)
    finally:
        plain.close()


def test_keys_of_a_crash_are_given_back() -> None:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    with pytest.raises(ZeroDivisionError), Keys(slave, lambda _key: None):
        raise ZeroDivisionError
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)


def test_a_pipe_is_no_keyboard() -> None:
    reading, writing = os.pipe()
    with Keys(reading, lambda _key: None):
        pass
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"q", ["q"]),
        (b"+-", ["+", "-"]),
        (b"\x1b[A", ["+"]),
        (b"\x1b[B", ["-"]),
        (b"\x1bOA", ["+"]),
        (b"\x1b[5~", []),
        (b"\xff", []),
        (b"\x1b", ["\x1b"]),
        (b"\x1b\x1b", ["\x1b", "\x1b"]),
        (b"\t", [">"]),
        (b"\x1b[Z", ["<"]),
        (b"\x1b[C\x1b[D", [">", "<"]),
        (b"\x1b[1;5C", [">"]),
        (b"\x1bx", []),
        (b"\x1bOP", []),
        (b"\x1b[Aq\x1b", ["+", "q", "\x1b"]),
    ],
)
def test_keys_in_what_a_terminal_sends(data: bytes, keys: list[str]) -> None:
    assert split_keys(data) == keys
