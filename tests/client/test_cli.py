"""The command as a user runs it: in a process of its own, against a real server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from client.cli import main
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from tests.client.fake_server import Fail, FakeServer, Repeat, Send, Stall, books, error_info, make_book

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}", "PYTHONWARNINGS": "error"}


def start(*arguments: str) -> subprocess.Popen[str]:
    """`python -m client ...`, which is `onebook watch ...`."""
    return subprocess.Popen(
        [sys.executable, "-m", "client", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=ENVIRONMENT,
    )


def test_json_lines_end_after_count(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("StreamBook", [*books(make_book(1), make_book(2), make_book(3)), Stall()])
    arguments = ["btc/usdt", "--server", server.target, "--json", "--count", "2", "--levels", "5", "--dust", "0.1"]
    assert main([*arguments, "--venues", "binance, bitstamp", "--interval", "100"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["header"]["sequence"] for line in lines] == [1, 2]
    wanted = api.StreamBookRequest(market="BTC/USDT", levels=5, dust="0.1", min_interval_ms=100)
    wanted.venues.extend(["binance", "bitstamp"])
    assert server.requests == [("StreamBook", wanted)]


@pytest.mark.parametrize("method", ["StreamBook", "StreamTrades"])
def test_since_begins_in_the_past(server: FakeServer, method: str, capsys: pytest.CaptureFixture[str]) -> None:
    trade = api.StreamTradesResponse(trade=pb.Trade(trade_id="1"))
    server.script(method, [*books(make_book()), Stall()] if method == "StreamBook" else [Send(trade), Stall()])
    view = ["--trades"] if method == "StreamTrades" else []
    assert main(["--since", "2026-01-31T12:00", "--json", "--count", "1", "--server", server.target, *view]) == 0
    assert server.requests[0][1].start_time_nanos == 1_769_860_800 * 10**9
    capsys.readouterr()
    for wrong in (["--once"], ["--summary"], ["--status"]):
        assert main(["--since", "1h", "--server", server.target, *wrong]) == 2
        assert "--since is for" in capsys.readouterr().err
    assert main(["--since", "soon", "--server", server.target]) == 2
    assert "--since: not a time" in capsys.readouterr().err


def test_books_in_other_currencies_are_asked_for(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("GetBook", [Send(api.GetBookResponse(book=make_book()))])
    assert main(["--once", "--json", "--server", server.target, "--quotes", "usd, USDC"]) == 0
    assert server.requests == [("GetBook", api.GetBookRequest(quote_currencies=["USD", "USDC"]))]


@pytest.mark.parametrize(
    ("option", "method", "response", "kind"),
    [
        ("--summary", "StreamSummary", api.StreamSummaryResponse(summary=pb.Summary(market="A/B")), "summary"),
        ("--trades", "StreamTrades", api.StreamTradesResponse(trade=pb.Trade(trade_id="1")), "trade"),
        (
            "--status",
            "StreamVenueStatus",
            api.StreamVenueStatusResponse(status=pb.VenueStatus(market="A/B")),
            "venue_status",
        ),
    ],
)
def test_other_views(
    server: FakeServer, capsys: pytest.CaptureFixture[str], option: str, method: str, response: object, kind: str
) -> None:
    server.script(method, [Send(response), Stall()])
    assert main(["A/B", option, "--server", server.target, "--json", "--count", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == kind
    assert main(["A/B", option, "--server", server.target, "--plain", "--count", "1"]) == 0
    assert len(capsys.readouterr().out) > 20


def test_gaps_of_trades_are_lines_too(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    gap = api.StreamTradesResponse(gap=pb.TradeGap(market="A/B", venue="x", missing=3))
    server.script("StreamTrades", [Send(gap), Send(api.StreamTradesResponse(trade=pb.Trade(trade_id="1"))), Stall()])
    assert main(["A/B", "--trades", "--server", server.target, "--json", "--count", "1"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["type"] for line in lines] == ["trade_gap", "trade"]
    assert main(["A/B", "--trades", "--server", server.target, "--plain", "--count", "1"]) == 0
    assert "A/B on x: 3 trades are missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "method", "response"),
    [
        ("--json", "GetBook", api.GetBookResponse(book=make_book())),
        ("--summary", "GetSummary", api.GetSummaryResponse(summary=pb.Summary(market="BTC/USDT"))),
        ("--status", "GetVenueStatus", api.GetVenueStatusResponse(status=pb.VenueStatus(market="BTC/USDT"))),
    ],
)
def test_once_asks_and_ends(
    server: FakeServer, capsys: pytest.CaptureFixture[str], option: str, method: str, response: object
) -> None:
    server.script(method, [Send(response)])
    assert main(["--once", option, "--server", server.target]) == 0
    assert "BTC/USDT" in capsys.readouterr().out
    assert [name for name, _ in server.requests] == [method]


def test_plain_text_has_no_colour_in_a_pipe(server: FakeServer) -> None:
    server.script("StreamBook", [*books(*[make_book(i) for i in range(1, 7)]), Stall()])
    process = start("--server", server.target, "--plain", "--count", "5")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out.count("spread 0.03") == 5
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--server", "host:port"], "not a port number in 'host:port'"),
        (["--levels", "-1"], "argument --levels: not a whole number from 0: '-1'"),
        (["--count", "0"], "argument --count: must be at least 1"),
        (["--summary", "--trades"], "not allowed with argument"),
        (["--once", "--trades"], "use --count 1 instead of --once"),
        (["A/B", "C/D"], "unrecognized arguments: C/D"),
        (["--dust", "x", "--json"], "dust must be a decimal from 0, not x"),
        (["--interval", "9000000", "--json"], "min_interval must be from 0 to 3600 seconds"),
        (["--root-certificates", "/missing.pem"], "/missing.pem"),
        (["--token-file", "/missing.token"], "/missing.token"),
    ],
)
def test_bad_input_is_one_line_and_2(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("onebook watch: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err


def test_an_unknown_market_is_bad_input(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    info = error_info("MARKET_NOT_FOUND", suggestion="BTC/USDT")
    server.script("StreamBook", [Fail(grpc.StatusCode.NOT_FOUND, "no market BTC/USD", (info,))])
    assert main(["BTC/USD", "--server", server.target, "--json"]) == 2
    assert capsys.readouterr().err == "onebook watch: no market BTC/USD; did you mean BTC/USDT?\n"


def test_a_missing_token_is_1(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("StreamBook", [Fail(grpc.StatusCode.UNAUTHENTICATED, "a token is required")])
    assert main(["--server", server.target, "--json"]) == 1
    assert capsys.readouterr().err == f"onebook watch: {server.target}: a token is required\n"


def test_tokens_come_from_the_environment_or_a_file(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.script("GetBook", [Send(api.GetBookResponse(book=make_book()))])
    monkeypatch.setenv("ONEBOOK_TOKEN", "one")
    assert main(["--once", "--json", "--server", server.target]) == 0
    (tmp_path / "token").write_text("two\n")
    assert main(["--once", "--json", "--server", server.target, "--token-file", str(tmp_path / "token")]) == 0
    assert [metadata["authorization"] for metadata in server.metadata] == ["Bearer one", "Bearer two"]


def test_a_token_in_plain_text_is_warned_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEBOOK_TOKEN", "one")
    assert main(["--once", "--server", "no-such-host.invalid:1"]) == 3
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("onebook watch: the token goes to no-such-host.invalid:1 in plain text")
    assert len(said) == 2


def test_no_server_with_once_is_3(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.stop()
    assert main(["--once", "--server", server.target]) == 3
    error = capsys.readouterr().err
    assert error.startswith(f"onebook watch: {server.target}: connection refused; start one: ")
    assert error.count("\n") == 1


def test_no_server_without_once_is_waited_for(server: FakeServer) -> None:
    server.stop()
    server.script("StreamBook", [*books(make_book()), Stall()])
    process = start("--server", server.target, "--json", "--count", "1")
    assert process.stderr is not None
    assert "reconnecting in" in process.stderr.readline()
    server.start()
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert json.loads(out)["type"] == "book"


def test_help_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "onebook watch" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--json", "--plain"])
def test_a_reader_that_leaves_is_no_error(server: FakeServer, option: str) -> None:
    server.script("StreamBook", [Repeat(lambda n: api.StreamBookResponse(book=make_book(n)), pause=0.005)])
    process = start("--server", server.target, option)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


def test_ctrl_c_is_0_without_a_traceback(server: FakeServer) -> None:
    server.script("StreamBook", [*books(make_book()), Stall()])
    process = start("--server", server.target, "--json")
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_fields_of_json_lines(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("GetBook", [Send(api.GetBookResponse(book=make_book()))])
    ask = ["--once", "--server", server.target]
    assert main([*ask, "--json", "--fields", "market,bids.price"]) == 0
    line = json.loads(capsys.readouterr().out)
    assert line["market"] == "BTC/USDT"
    assert set(line) == {"type", "market", "bids"}
    assert main([*ask, "--json", "--without", "venues"]) == 0
    assert "venues" not in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--json", "--fields", "bid"], "--fields: Book has no field 'bid'; did you mean bids?"),
        (["--json", "--trades", "--without", "trade"], "--without: Trade or TradeGap has no field 'trade'"),
        (["--json", "--summary", "--fields", "mids"], "--fields: Summary has no field 'mids'; did you mean mid?"),
        (["--fields", "bids"], "--fields is for --json"),
    ],
)
def test_wrong_fields_are_2_before_anything_is_asked(
    flags: list[str], words: str, server: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--server", server.target, *flags]) == 2
    assert words in capsys.readouterr().err
    assert not server.requests
