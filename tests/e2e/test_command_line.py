"""What people get wrong: one clear line on standard error and exit status 2. And `onebook check`."""

from __future__ import annotations

import json
import re
import socket
from subprocess import CompletedProcess
from typing import Any

import pytest

from onebook.v1 import market_data_pb2 as pb
from server.venues import DEFAULT_VENUES as DEFAULT_OF_SERVER

from .processes import Simulator, Yard

PAIR = ("--pair", "BTC/USDT")
BAD_FLAGS: list[tuple[tuple[str, ...], str]] = [
    ((), "no pair was given: use --base BTC --quote USDT, or --pair BTC/USDT"),
    (("--pair", "BTCUSDT"), "pair 'BTCUSDT' was not BASE/QUOTE"),
    (("--pair", "BTC/BTC"), "names the same asset twice"),
    (("--pair", "B T/USDT"), "was not BASE/QUOTE"),
    (("--base", "BTC"), "--base and --quote belong together"),
    (("--quote_asset", "USDT"), "--base and --quote belong together"),
    ((*PAIR, "--venues", "binanse"), "unknown venue 'binanse'; did you mean binance?"),
    ((*PAIR, "--venues", "nowhere"), "there are binance, binance_us, bitstamp, kraken"),
    ((*PAIR, "--venues", ","), "venues was not a list of venue names"),
    ((*PAIR, "--endpoint", "bitstampp=data"), "unknown venue 'bitstampp'; did you mean bitstamp?"),
    ((*PAIR, "--endpoint", "binance"), "was not VENUE=NAME or VENUE=WS,REST"),
    ((*PAIR, "--endpoint", "binance=dada"), "must be one of default, data, testnet"),
    ((*PAIR, "--endpoint", "binance=ws://h:1"), "needs both addresses"),
    ((*PAIR, "--endpoint", "binance=ftp://h:1,http://h:1"), "must be an address such as ws://host:port"),
    ((*PAIR, "--proxy", "proxy:3128"), "must be an address such as http://host:port"),
    ((*PAIR, "--book", "whole"), "must be one of diff, partial"),
    ((*PAIR, "--levels", "0"), "levels was 0, must be a whole number from 1 to 1000"),
    ((*PAIR, "--levels", "1001"), "levels was 1001"),
    ((*PAIR, "--levels", "ten"), "invalid int value: 'ten'"),
    ((*PAIR, "--book-levels", "9999"), "book_levels was 9999"),
    ((*PAIR, "--dust", "-1"), "dust was '-1', must be a size of at least 0"),
    ((*PAIR, "--dust_amount", "much"), "dust was 'much', must be a size in base units"),
    ((*PAIR, "--dust", "nan"), "must be a size"),
    ((*PAIR, "--port", "70000"), "port was 70000, must be a whole number from 0 to 65535"),
    ((*PAIR, "--max-streams", "0"), "max_streams was 0"),
    ((*PAIR, "--log-level", "loud"), "must be one of debug, info, warning, error"),
    ((*PAIR, "--colour"), "unrecognized arguments: --colour"),
    ((*PAIR, "extra"), "unrecognized arguments: extra"),
    ((*PAIR, "--tls-cert", "cert.pem"), "TLS needs both a certificate and a key"),
    ((*PAIR, "--tls-client-ca", "ca.pem"), "TLS needs both a certificate and a key"),
    ((*PAIR, "--port", "0", "--tls-cert", "/none/c.pem", "--tls-key", "/none/k.pem"), "/none/c.pem: No such file"),
    (("--config", "/none/onebook.toml"), "config /none/onebook.toml: No such file or directory"),
]
BAD_FILES: list[tuple[str, str]] = [
    ("pairs = [", "FILE:1:10: Invalid value"),
    ("pairs = ['BTC/USDT']\nlevel = 3", "unknown setting 'level'; did you mean levels?"),
    ("pairs = 'BTC/USDT'", "pairs was not a list"),
    ("pairs = ['BTC/USDT']\nuse_venues = ['binanze']", "unknown venue 'binanze'; did you mean binance?"),
    ("pairs = ['BTC/USDT']\nvenues = ['binance']", "a list of names is called use_venues"),
    ("pairs = []", "no pair was given"),
    ("pairs = ['BTC/USDT']\nport = '50052'", "port was '50052', must be a whole number"),
    ("pairs = ['BTC/USDT']\nlog_json = 1", "log_json was 1, must be true or false"),
    ("pairs = ['BTC/USDT']\nheartbeat = 0", "heartbeat was 0, must be seconds"),
    ("pairs = ['BTC/USDT']\n[venues.binance]\nwss = 'x'", "unknown setting venues.binance.wss; did you mean ws?"),
    ("pairs = ['BTC/USDT']\n[venues.binanze]\nbook = 'diff'", "unknown venue 'binanze'; did you mean binance?"),
    ("pairs = ['BTC/USDT']\n[venues.binance]\nbook = 3", "venues.binance.book was not text"),
    ("pairs = ['BTC/USDT']\nvenues = {binance = 3}", "venues.binance was not a table"),
    (
        "pairs = ['BTC/USDT']\n" + "".join(f"[venues.{v}]\nenabled = false\n" for v in DEFAULT_OF_SERVER),
        "every venue is switched off",
    ),
    ("\xff\xfe", "FILE:1:1: not UTF-8 text"),
]  # fmt: skip


def one_line(done: CompletedProcess[str]) -> str:
    """What server.py says before it exits with 2."""
    assert done.returncode == 2, done
    assert not done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("server.py: ")
    return lines[0]


@pytest.fixture(scope="module")
def attempts(shared_yard: Yard, tmp_path_factory: pytest.TempPathFactory) -> dict[Any, CompletedProcess[str]]:
    """Every bad start."""
    starts: dict[Any, list[str]] = {flags: list(flags) for flags, _ in BAD_FLAGS}
    for content, _ in BAD_FILES:
        file = tmp_path_factory.mktemp("bad") / "onebook.toml"
        file.write_bytes(content.encode("latin-1"))
        starts[content] = ["--config", str(file)]
    done = shared_yard.run("-m", "tests.e2e.forks", said=json.dumps(list(starts.values())))
    assert done.returncode == 0, done
    found = [
        CompletedProcess(words, *result) for words, result in zip(starts.values(), json.loads(done.stdout), strict=True)
    ]
    return dict(zip(starts, found, strict=True))


@pytest.mark.parametrize(("flags", "text"), BAD_FLAGS, ids=[" ".join(flags) for flags, _ in BAD_FLAGS])
def test_bad_flags(attempts: dict[Any, CompletedProcess[str]], flags: tuple[str, ...], text: str) -> None:
    assert text in one_line(attempts[flags])


@pytest.mark.parametrize(("content", "text"), BAD_FILES)
def test_bad_files(attempts: dict[Any, CompletedProcess[str]], content: str, text: str) -> None:
    done = attempts[content]
    assert text.replace("FILE", str(done.args[-1])) in one_line(done)


def test_a_process_of_its_own_says_the_same(yard: Yard, attempts: dict[Any, CompletedProcess[str]]) -> None:
    for flags in ((*PAIR, "--levels", "ten"), (*PAIR, "--levels", "0")):
        done = yard.run("server.py", *flags)
        assert (done.returncode, done.stderr) == (attempts[flags].returncode, attempts[flags].stderr)


def test_a_port_that_is_taken(yard: Yard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = one_line(yard.run("server.py", *PAIR, "--port", str(port)))
    assert f"port {port} on 127.0.0.1 could not be bound" in said


def test_help(yard: Yard) -> None:
    done = yard.run("server.py", "--help")
    assert done.returncode == 0
    assert "--base" in done.stdout


@pytest.fixture(scope="module")
def simulator(shared_yard: Yard) -> Simulator:
    return shared_yard.simulator("--pair", "BTC/USDT", "--pair", "BTC/USD")


def endpoints(simulator: Simulator) -> list[str]:
    addresses = [f"--endpoint={venue}={at['ws']},{at['rest']}" for venue, at in simulator.venues.items()]
    return ["--venues", ",".join(simulator.venues), *addresses]


@pytest.mark.parametrize(
    "spelling", [("--base", "--quote", "--dust"), ("--base_asset", "--quote_asset", "--dust_amount")]
)
def test_spellings(yard: Yard, simulator: Simulator, spelling: tuple[str, str, str]) -> None:
    base, quote, dust = spelling
    flags = [base, "btc", quote, "usdt", dust, "0.5", "--levels", "3", "--pair", "BTC/USD"]
    server = yard.server(*flags, *endpoints(simulator))
    with server.client() as stub:
        markets = stub.ListMarkets(pb.ListMarketsRequest()).markets
        assert [(market.name, market.default_market) for market in markets] == [("BTC/USDT", True), ("BTC/USD", False)]


def onebook_check(yard: Yard, simulator: Simulator, *arguments: str) -> tuple[int, list[list[str]], str]:
    """Exit status, rows of cells, standard error."""
    done = yard.run("-m", "cli", "check", *endpoints(simulator), *arguments)
    return done.returncode, [re.split(r"\s{2,}", line) for line in done.stdout.splitlines()], done.stderr


def test_check_of_a_listed_pair(yard: Yard, simulator: Simulator) -> None:
    status, rows, errors = onebook_check(yard, simulator, "BTC/USDT")
    assert (status, errors) == (0, "")
    assert rows == [
        ["BTC/USDT"],
        ["venue", "listed", "symbol", "tick", "lot", "status", "reachable"],
        ["binance", "yes", "BTCUSDT", "0.01", "0.00001", "TRADING", "yes"],
        ["binance_us", "yes", "BTCUSDT", "0.01", "0.00001", "TRADING", "yes"],
        ["bitstamp", "yes", "btcusdt", "1", "0.00000001", "Enabled", "yes"],
    ]


def test_check_of_a_pair_that_one_venue_lacks(yard: Yard, simulator: Simulator) -> None:
    status, rows, _ = onebook_check(yard, simulator, "btc-usd")
    assert status == 0
    assert rows[2][:2] == ["binance", "no; nearest is BTC/USDT"]
    assert [row[1] for row in rows[3:]] == ["yes", "yes"]


def test_check_of_a_pair_that_nobody_has(yard: Yard, simulator: Simulator) -> None:
    status, rows, errors = onebook_check(yard, simulator, "QQQ/ZZZ", "--venues", "binance,bitstamp")
    assert (status, errors) == (1, "")
    assert [row[0] for row in rows[2:]] == ["binance", "bitstamp"]
    assert all(row[-1] == "yes" for row in rows[2:])


def test_check_of_an_unreachable_venue(yard: Yard, simulator: Simulator) -> None:
    simulator.fault("binance", "http", status=451, lasting="30s")
    try:
        status, rows, _ = onebook_check(yard, simulator, "BTC/USDT")
    finally:
        simulator.clear()
    assert status == 0
    assert rows[2][:2] == ["binance", "?"]
    assert "451" in rows[2][-1]
    assert "--endpoint binance=data" in rows[2][-1]


@pytest.mark.parametrize("arguments", [("BTCUSDT",), (), ("BTC/USDT", "--venues", "nowhere"), ("BTC/USDT", "--x")])
def test_check_of_nonsense(yard: Yard, arguments: tuple[str, ...]) -> None:
    done = yard.run("-m", "cli", "check", *arguments)
    assert done.returncode == 2
    assert not done.stdout
    assert len(done.stderr.splitlines()) == 1
