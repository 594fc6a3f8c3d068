"""`onebook candles`, `vwap`, `averages`, `interest` and `quote` as a user runs them, against a real server."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from client.analytics import averages_cli, candles_cli, open_interest_cli, order_flow_cli, quotes_cli, vwap_cli
from onebook.v1 import analytics_pb2 as api
from tests.client.analytics_data import (
    MINUTE,
    START,
    candles,
    make_averages,
    make_candle,
    make_flow,
    make_interest,
    make_quote,
    make_reconciliation,
    make_vwap,
)
from tests.client.fake_server import Fail, FakeServer, Repeat, Send, Stall
from tests.client.test_cli import ENVIRONMENT, ROOT

pytestmark = pytest.mark.slow

MAINS = {
    "candles": candles_cli.main,
    "vwap": vwap_cli.main,
    "averages": averages_cli.main,
    "interest": open_interest_cli.main,
    "flow": order_flow_cli.main,
    "quote": quotes_cli.main,
}
STREAMS: dict[str, tuple[list[str], str, Callable[[int], Any]]] = {
    "candles": ([], "StreamCandles", lambda n: api.StreamCandlesResponse(candle=make_candle(n))),
    "vwap": ([], "StreamTradeVwap", lambda n: api.StreamTradeVwapResponse(vwap=make_vwap(n))),
    "averages": ([], "StreamAverages", lambda n: api.StreamAveragesResponse(averages=make_averages(n))),
    "interest": ([], "StreamOpenInterest", lambda n: api.StreamOpenInterestResponse(open_interest=make_interest(n))),
    "flow": ([], "StreamOrderFlow", lambda n: api.StreamOrderFlowResponse(order_flow=make_flow(n))),
    "quote": (["buy", "2"], "StreamQuote", lambda n: api.StreamQuoteResponse(quote=make_quote(sequence=n))),
}


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def start(*arguments: str) -> subprocess.Popen[str]:
    """`onebook ...` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=ENVIRONMENT,
    )


def test_candles_as_a_table(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    odd = make_candle(2, state=api.CANDLE_STATE_PARTIAL_GAP, revision=2, reconciliation=make_reconciliation())
    page = api.GetCandlesResponse(candles=[make_candle(0), make_candle(1, volume="1234.5"), odd])
    server.script("GetCandles", [Send(page)])
    assert candles_cli.main(["btc/usdt", "--server", server.target, "--interval", "1m", "--last", "2"]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["TIME", "(UTC)", "OPEN", "HIGH", "LOW", "CLOSE", "VOLUME", "TRADES", "STATE"]
    assert first.split()[2:] == ["61,837.06", "61,837.09", "61,837.01", "61,837.02", "1,234.5", "321", "complete"]
    assert "partial gap, revision 2, differs from the venue's" in second
    assert first.index("complete") == second.index("partial") == head.index("STATE")
    assert server.requests[0][1].market == "BTC/USDT"


def test_candles_as_csv(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    compared = make_candle(0, reconciliation=make_reconciliation(), open_interest="7.5")
    empty = api.Candle(open_time_nanos=START + MINUTE, volume="0", state=api.CANDLE_STATE_COMPLETE, trades=0)
    server.script("GetCandles", [Send(api.GetCandlesResponse(candles=[compared, empty]))])
    assert candles_cli.main(["A/B", "--server", server.target, "--csv", "--fill", "null"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(rows[0])[:12] == [
        *("start", "open", "high", "low", "close", "volume"),
        *("open_var", "high_var", "low_var", "close_var", "volume_var", "open_interest"),
    ]
    assert rows[0]["start"] == "2026-11-18T11:07:00Z"
    assert (rows[0]["open"], rows[0]["high_var"], rows[0]["volume_var"]) == ("61837.01", "-0.03", "-0.5")
    assert (rows[0]["open_interest"], rows[0]["quote_volume_var"], rows[0]["state"]) == ("7.5", "-30918.52", "complete")
    assert (rows[1]["open"], rows[1]["open_var"], rows[1]["volume"], rows[1]["trades"]) == ("", "", "0", "0")
    assert server.requests[0][1].fill == api.CANDLE_FILL_NULL


def test_candles_from_the_past_into_the_future(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("GetCandles", [Send(api.GetCandlesResponse(candles=[make_candle(0)]))])
    server.script("StreamCandles", [*candles(make_candle(1), make_candle(1, revision=1)), Stall()])
    arguments = ["A/B", "--server", server.target, "--json", "--follow", "--count", "3", "--since", "2026-11-18"]
    assert candles_cli.main([*arguments, "--venue", "x", "--open"]) == 0
    assert [(line["type"], line["revision"]) for line in lines(capsys)] == [("candle", 0), ("candle", 0), ("candle", 1)]
    asked = dict(server.requests)
    assert asked["GetCandles"].start_time_nanos == 1_794_960_000_000_000_000
    assert (asked["StreamCandles"].venue, asked["StreamCandles"].include_open) == ("x", True)
    assert candles_cli.main(["A/B", "--server", server.target, "--follow", "--count", "2", "--no-color"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3, "a head and two candles"


def test_no_candles_are_no_lines(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    hint = "onebook candles: no 1m candle in that time; --open shows the one in progress"
    past = ", --venue NAME what a venue tells of before this server's start"
    for flags, said in (([], hint + past), (["--venue", "kraken"], hint)):
        server.script("GetCandles", [Send(api.GetCandlesResponse())])
        assert candles_cli.main(["--server", server.target, "--json", *flags]) == 0
        assert capsys.readouterr() == ("", said + "\n")


def test_vwap(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("GetTradeVwap", [Send(api.GetTradeVwapResponse(vwap=make_vwap(has_gap=True)))])
    assert vwap_cli.main(["a/b", "--server", server.target, "--window", "30s", "--venue", "x"]) == 0
    out = capsys.readouterr().out
    assert "vwap 61,837.123456789012  of 200 trades, 12.345 since" in out
    assert "trades are missing" in out
    assert server.requests == [("GetTradeVwap", api.GetTradeVwapRequest(market="A/B", venue="x", milliseconds=30000))]
    server.script("GetTradeVwap", [Send(api.GetTradeVwapResponse(vwap=api.TradeVwap(market="A/B")))])
    assert vwap_cli.main(["--server", server.target, "--trades", "0"]) == 0
    assert "vwap none  of 0 trades, 0" in capsys.readouterr().out


def test_averages(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("GetAverages", [Send(api.GetAveragesResponse(averages=make_averages()))])
    assert averages_cli.main(["A/B", "--server", server.target, "--levels", "5", "--venues", "x, y"]) == 0
    out = capsys.readouterr().out
    assert "price 61,837.64500 from the VWAPs of 20 levels per side" in out
    assert "30s  time-weighted 61,836.12345  plain mean 61,836.00000 of 120  covered 100.0%" in out
    assert "1m  time-weighted 61,835.12345" in out
    assert server.requests[0][1] == api.GetAveragesRequest(market="A/B", vwap_levels=5, venues=["x", "y"])


def test_open_interest(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("GetOpenInterest", [Send(api.GetOpenInterestResponse(open_interest=make_interest()))])
    assert open_interest_cli.main(["a/b", "--server", server.target]) == 0
    head, venue, *_ = capsys.readouterr().out.splitlines()
    assert head.split() == ["BTC/USDT", "open", "interest"]
    assert venue.split()[:3] == ["binance", "81,234.567", "at"]
    assert server.requests == [("GetOpenInterest", api.GetOpenInterestRequest(market="A/B"))]


def test_a_quote(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("GetQuote", [Send(api.GetQuoteResponse(quote=make_quote()))])
    arguments = ["buy", "2.0", "btc/usdt", "--server", server.target, "--venues", "x", "--quotes", "usd,USDC"]
    assert quotes_cli.main([*arguments, "--beyond-proved"]) == 0
    out = capsys.readouterr().out
    assert "buy 2 BTC/USDT" in out
    assert "costs 123,803.92024 with 123.68024 of fees" in out
    assert "price 61,840.120000, with fees 61,901.960120, worst 61,841 of 7 levels" in out
    assert "slippage 0.4002 bp from mid 61,837.645" in out
    assert out.split("binance")[1].split()[:4] == ["1.5", "92,760.18", "92.76018", "10"]
    wanted = api.GetQuoteRequest(market="BTC/USDT", side=api.QUOTE_SIDE_BUY, size="2.0", venues=["x"])
    wanted.beyond_proved = True
    wanted.quote_currencies.extend(["USD", "USDC"])
    assert server.requests == [("GetQuote", wanted)]


def test_a_quote_of_a_server_that_knows_no_fees_says_so(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("GetQuote", [Send(api.GetQuoteResponse(quote=make_quote(fees="0")))])
    assert quotes_cli.main(["buy", "2", "--server", server.target]) == 0
    assert "   costs 123,680.24 without fees: the server's config has none\n" in capsys.readouterr().out


def test_a_quote_that_cannot_be_filled_says_why(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    short = make_quote("sell", filled=False, reason="only 2 of 5 can be had")
    server.script("GetQuote", [Send(api.GetQuoteResponse(quote=short))])
    assert quotes_cli.main(["sell", "5", "--notional", "--server", server.target]) == 0
    out = capsys.readouterr().out
    assert "NOT FILLED\n   only 2 of 5 can be had\n   brings 123,556.55976" in out
    assert server.requests[0][1].notional == "5"
    nothing = api.Quote(side=api.QUOTE_SIDE_BUY, market="A/B", size="0", reason="no venue is live")
    server.script("GetQuote", [Send(api.GetQuoteResponse(quote=nothing))])
    assert quotes_cli.main(["buy", "5", "--server", server.target]) == 0
    assert "price" not in capsys.readouterr().out


@pytest.mark.parametrize("command", STREAMS)
def test_following_in_json_ends_after_count(
    server: FakeServer, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    words, method, make = STREAMS[command]
    server.script("GetCandles", [Send(api.GetCandlesResponse())])
    server.script(method, [Send(make(1)), Send(make(2)), Stall()])
    arguments = [*words, "A/B", "--server", server.target, "--follow", "--count", "2", "--json"]
    assert MAINS[command](arguments) == 0
    assert len(lines(capsys)) == 2


@pytest.mark.parametrize("command", STREAMS)
def test_ctrl_c_and_a_reader_that_leaves_are_no_errors(server: FakeServer, command: str) -> None:
    words, method, make = STREAMS[command]
    server.script("GetCandles", [Send(api.GetCandlesResponse())])
    server.script(method, [Send(make(1)), Stall()])
    process = start(command, *words, "A/B", "--server", server.target, "--follow", "--json")
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")
    server.script(method, [Repeat(make, pause=0.005)])
    process = start(command, *words, "A/B", "--server", server.target, "--follow")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


BAD: list[tuple[str, list[str], str]] = [
    ("candles", ["--since", "yesterday"], "--since: not a time such as 2026-01-31T12:00, nor a length such as 6h"),
    ("candles", ["--since", "1h", "--until", "2h"], "--until must be later than --since"),
    ("candles", ["--follow", "--last", "5"], "--follow continues from --since"),
    ("candles", ["--count", "5"], "--count ends --follow; without it use --last"),
    ("candles", ["--fill", "zero"], "invalid choice: 'zero'"),
    ("candles", ["--csv", "--json"], "not allowed with argument"),
    ("vwap", ["--trades", "-1"], "not a whole number from 0: '-1'"),
    ("vwap", ["--window", "30"], "--window: not a length of time such as 30s"),
    ("vwap", ["--window", "2h"], "window must be from 0 to 3600 seconds, not 7200.0"),
    ("vwap", ["--trades", "5", "--window", "5s"], "not allowed with argument"),
    ("averages", ["--interval", "100"], "--interval is for --follow"),
    ("averages", ["--levels", "many"], "not a whole number from 0: 'many'"),
    ("interest", ["--count", "2"], "--count is for --follow"),
    ("quote", ["buy"], "the following arguments are required: AMOUNT"),
    ("quote", ["hold", "1"], "invalid choice: 'hold'"),
    ("quote", ["buy", "lots"], "AMOUNT must be a decimal above 0, not lots"),
    ("quote", ["buy", "0"], "AMOUNT must be a decimal above 0, not 0"),
    ("quote", ["buy", "1", "--count", "3"], "--count is for --follow"),
    ("quote", ["buy", "1", "--server", "h:p"], "not a port number in 'h:p'"),
    ("quote", ["buy", "1", "--client-key", "x"], "--client-certificate and --client-key belong together"),
    ("quote", ["buy", "1", "--token-file", "/missing"], "/missing"),
]


@pytest.mark.parametrize(("command", "arguments", "message"), BAD)
def test_bad_input_is_one_line_and_2(
    capsys: pytest.CaptureFixture[str], command: str, arguments: list[str], message: str
) -> None:
    assert MAINS[command](arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"onebook {command}: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err


@pytest.mark.parametrize("command", MAINS)
def test_no_server_is_3_and_an_older_one_is_1(capsys: pytest.CaptureFixture[str], command: str) -> None:
    older = FakeServer(analytics=False)
    words = STREAMS[command][0]
    try:
        assert MAINS[command]([*words, "A/B", "--server", older.target]) == 1
    finally:
        older.stop()
    reason = "the server does not know this call: it is older than this client, or no onebook server"
    assert capsys.readouterr().err == f"onebook {command}: {older.target}: {reason}\n"
    assert MAINS[command]([*words, "A/B", "--server", older.target]) == 3
    refused = f"onebook {command}: {older.target}: connection refused; start one: "
    assert capsys.readouterr().err.startswith(refused)


def test_what_the_server_does_not_have_is_bad_input(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("GetCandles", [Fail(grpc.StatusCode.INVALID_ARGUMENT, "no candles of 7m here")])
    assert candles_cli.main(["--interval", "7m", "--server", server.target]) == 2
    assert capsys.readouterr().err == "onebook candles: no candles of 7m here\n"


@pytest.mark.parametrize("command", MAINS)
def test_help_has_examples(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert MAINS[command](["--help"]) == 0
    out = capsys.readouterr().out
    assert f"examples:\n  onebook {command} " in out
    assert "Exit status: 0" in out
    assert max(map(len, out.splitlines())) <= 120
