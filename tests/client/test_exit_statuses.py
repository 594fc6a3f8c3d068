"""Equal errors have equal exit statuses and one line on stderr, whatever the command."""

from __future__ import annotations

import importlib
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

from cli import COMMANDS
from onebook.v1 import analytics_pb2
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from tests.client.fake_server import Fail, FakeServer, Send, Stall, Step, error_info, retry_info

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CALLS: dict[str, tuple[list[str], str]] = {
    "watch": (["--once"], "GetBook"),
    "watch --summary": (["--once", "--summary"], "GetSummary"),
    "watch --status": (["--once", "--status"], "GetVenueStatus"),
    "candles": ([], "GetCandles"),
    "averages": ([], "GetAverages"),
    "vwap": ([], "GetTradeVwap"),
    "interest": ([], "GetOpenInterest"),
    "flow": ([], "GetOrderFlow"),
    "quote": (["buy", "1"], "GetQuote"),
    "past trades": (["trades"], "ListTrades"),
    "past book": (["book", "--at", "1h"], "GetBookAt"),
    "past books": (["books"], "ListBooks"),
    "past summaries": (["summaries"], "ListSummaries"),
    "past states": (["states"], "ListVenueStates"),
    "past interest": (["interest"], "ListOpenInterest"),
    "probe": ([], "GetVenueStatus"),
    "control resync": (["resync", "x", "A/B"], "ResyncBook"),
    "control reconnect": (["reconnect", "x"], "Reconnect"),
    "control pause": (["pause", "x"], "Pause"),
    "control resume": (["resume", "x"], "Resume"),
    "control add-pair": (["add-pair", "A/B"], "AddMarket"),
    "control remove-pair": (["remove-pair", "A/B"], "RemoveMarket"),
    "control add-venue": (["add-venue", "x"], "AddVenue"),
    "control remove-venue": (["remove-venue", "x"], "RemoveVenue"),
}
"""Every command of the client: its words, and the call that it makes."""
OF_TWO_SERVERS = {"compare"}
"""Commands that ask more than one server; tests/client/test_compare_cli.py has their exit statuses."""
EVERY = pytest.mark.parametrize("command", CALLS)


def test_every_command_is_here() -> None:
    of_client = {name for name, command in COMMANDS.items() if command.module.startswith("client.")}
    assert {name.split()[0] for name in CALLS} | OF_TWO_SERVERS == of_client


def run(command: str, *words: str) -> int:
    name = command.split()[0]
    main: Any = importlib.import_module(COMMANDS[name].module).main
    status: int = main([*CALLS[command][0], *words])
    return status


def ask(server: FakeServer, command: str, step: Step, *words: str) -> int:
    server.script(CALLS[command][1], [step])
    return run(command, "--server", server.target, *words)


def one_line(capsys: pytest.CaptureFixture[str], command: str) -> str:
    told = capsys.readouterr()
    assert told.err.count("\n") == 1, told.err
    assert told.err.startswith(f"onebook {command.split()[0]}")
    assert not told.out
    return told.err


@EVERY
@pytest.mark.parametrize(
    ("code", "details", "status"),
    [
        ("INVALID_ARGUMENT", (), 2),
        ("OUT_OF_RANGE", (), 2),
        ("NOT_FOUND", (error_info("MARKET_NOT_FOUND", market="A/B"),), 2),
        ("NOT_FOUND", (error_info("VENUE_NOT_FOUND", venue="x"),), 2),
        ("UNAUTHENTICATED", (), 1),
        ("PERMISSION_DENIED", (), 1),
        ("FAILED_PRECONDITION", (), 1),
        ("ALREADY_EXISTS", (), 1),
        ("UNIMPLEMENTED", (), 1),
        ("RESOURCE_EXHAUSTED", (retry_info(1.0),), 1),
        ("INTERNAL", (), 1),
        ("UNKNOWN", (), 1),
        ("UNAVAILABLE", (error_info("NOT_READY"),), 1),
        ("UNAVAILABLE", (), 3),
        ("DEADLINE_EXCEEDED", (), 3),
    ],
)
def test_answers(
    server: FakeServer, capsys: pytest.CaptureFixture[str], command: str, code: str, details: Any, status: int
) -> None:
    assert ask(server, command, Fail(grpc.StatusCode[code], "no such luck", details)) == status
    assert "no such luck" in one_line(capsys, command)


@EVERY
def test_no_server(server: FakeServer, capsys: pytest.CaptureFixture[str], command: str) -> None:
    server.stop()
    assert run(command, "--server", server.target) == 3
    assert "connection refused" in one_line(capsys, command)


@EVERY
@pytest.mark.parametrize(
    "words",
    [
        ["--colour"],
        ["--server", "nonsense:port"],
        ["--server", ":::"],
        ["--token-file", "/nowhere/token"],
        ["--root-certificates", "/nowhere/ca.pem"],
        ["--client-certificate", "/nowhere/c.pem"],
    ],
)
def test_input_that_cannot_work(capsys: pytest.CaptureFixture[str], command: str, words: list[str]) -> None:
    assert run(command, *words) == 2
    one_line(capsys, command)


@EVERY
def test_tls_to_a_plain_port(server: FakeServer, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert run(command, "--server", server.target, "--tls") == 3
    assert "the server does not speak TLS on this port: leave out --tls" in one_line(capsys, command)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Any:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=other", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", "k.pem", "-out", "c.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    pair = ((folder / "k.pem").read_bytes(), (folder / "c.pem").read_bytes())
    fake = FakeServer(grpc.ssl_server_credentials([pair]))
    yield fake, str(folder / "c.pem")
    fake.stop()


@EVERY
def test_plain_to_a_tls_port(secured: Any, capfd: pytest.CaptureFixture[str], command: str) -> None:
    server, _ = secured
    assert run(command, "--server", server.target) == 3
    assert "the server speaks TLS on this port: use --tls" in capfd.readouterr().err


@EVERY
def test_a_certificate_that_is_not_trusted(secured: Any, capfd: pytest.CaptureFixture[str], command: str) -> None:
    server, _ = secured
    assert run(command, "--server", server.target, "--tls") == 3
    assert "the server's certificate is not trusted: --root-certificates names its authority" in capfd.readouterr().err


def withdrawn(message: Any) -> Any:
    message.market = "A/B"
    message.venues.add(venue="x", state=pb.VENUE_STATE_DOWN, detail="x broke\nits leg")
    message.venues.add(venue="y", state=pb.VENUE_STATE_CONNECTING)
    return message


NOTHING_LIVE: dict[str, Any] = {
    "watch": api.GetBookResponse(book=withdrawn(pb.Book())),
    "watch --summary": api.GetSummaryResponse(summary=withdrawn(pb.Summary())),
    "watch --status": api.GetVenueStatusResponse(status=withdrawn(pb.VenueStatus())),
    "quote": analytics_pb2.GetQuoteResponse(quote=withdrawn(analytics_pb2.Quote())),
}


@pytest.mark.parametrize("command", NOTHING_LIVE)
@pytest.mark.parametrize("words", [[], ["--json"]])
def test_nothing_live_is_1_and_says_why(
    server: FakeServer, capsys: pytest.CaptureFixture[str], command: str, words: list[str]
) -> None:
    assert ask(server, command, Send(NOTHING_LIVE[command]), *words) == 1
    told = capsys.readouterr()
    name = command.split()[0]
    assert told.err == f"onebook {name}: no venue of A/B is live: x is down, x broke its leg; y is connecting\n"
    assert told.out, "the answer is shown as well"


def test_one_live_venue_is_0(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    for command, response in NOTHING_LIVE.items():
        made = type(response).FromString(response.SerializeToString())
        inner = getattr(made, made.DESCRIPTOR.fields[0].name)
        inner.venues[1].state = pb.VENUE_STATE_LIVE
        assert ask(server, command, Send(made)) == 0
        assert not capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "method", "status"),
    [(["watch", "--json"], "StreamBook", 0), (["watch", "--once"], "GetBook", 130), (["probe"], "GetVenueStatus", 130)],
)
def test_interrupted(server: FakeServer, words: list[str], method: str, status: int) -> None:
    server.script(method, [Stall()])
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *words, "--server", server.target],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not server.requests:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == status, err
    assert "Traceback" not in err
