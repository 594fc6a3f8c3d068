"""`onebook sim` as a process: addresses, config file, control port, orderly end, clear errors."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import main
from simulator.venues import DEFAULT_VENUES
from tests.simulator.venue_clients import Socket, get

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]


class Process:
    """A running `python -m simulator` and what it announced."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "simulator", "--json", *arguments]
        self.child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.child.stdout is not None
        line = self.child.stdout.readline()
        assert line, self.child.stderr.read() if self.child.stderr else ""
        self.said: Any = json.loads(line)

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Signal the process; its exit status and standard error."""
        self.child.send_signal(number)
        _, errors = self.child.communicate(timeout=20)
        return self.child.returncode, errors


@pytest.fixture(scope="module")
def config_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sim") / "server.toml"


@pytest.fixture(scope="module")
def running(config_file: Path) -> Iterator[Process]:
    process = Process("--manual", "--control-port", "0", "--seed", "5", "--pair", "BTC/USDT", "--pair", "ETH/USDT",
                      "--write-config", str(config_file))  # fmt: skip
    yield process
    process.end()


def test_the_config_file_names_the_addresses(running: Process, config_file: Path) -> None:
    config = tomllib.loads(config_file.read_text())
    assert config["pairs"] == ["BTC/USDT", "ETH/USDT"]
    assert tuple(config["use_venues"]) == tuple(config["venues"]) == DEFAULT_VENUES
    for name, venue in config["venues"].items():
        assert {"ws": venue["ws"], "rest": venue["rest"]} == running.said["venues"][name]
        assert venue.keys() == {"ws", "rest", "taker_fee"}
        assert venue["taker_fee"] == "0.001", "a quote without fees would look too good"


def test_the_control_port(running: Process) -> None:
    control, ws = running.said["control"], running.said["venues"]["binance"]["ws"]
    with Socket(f"{ws}/ws") as socket:
        socket.ask({"method": "SUBSCRIBE", "params": ["btcusdt@depth@100ms"], "id": 1})
        assert get(f"{control}/step?n=3").json()["steps"] == 3
        events = [socket.read() for _ in range(3)]
        truth = get(f"{control}/truth?venue=binance&pair=BTC/USDT&levels=10").json()
        assert (truth["sequence"], len(truth["bids"])) == (events[-1]["u"], 10)
        assert truth["bids"][0][0].count(".") == 1
        assert get(f"{control}/fault?venue=binance&kind=lose").json()["ok"]
        get(f"{control}/step?n=2")
        assert socket.read()["U"] > events[-1]["u"] + 1
        state = get(f"{control}/state").json()
    assert state["venues"]["binance"]["streams"] == {"btcusdt@depth@100ms": 1}
    assert state["venues"]["binance"]["faults_started"] == {"lose": 1}
    assert get(f"{control}/fault?venue=binance&kind=silence&for=50s").json()["ok"]
    assert get(f"{control}/clear").json()["ok"]
    assert get(f"{control}/").json()["faults"]


@pytest.mark.parametrize(
    "path",
    ["fault?venue=binance&kind=explode", "fault?venue=moon&kind=cut", "fault", "truth?venue=binance&pair=XRP/USD",
     "truth?pair=nonsense", "truth?venue=binance&pair=BTC/USDT&levels=x", "fault?venue=binance&kind=drop&pair=A/B"],
)  # fmt: skip
def test_bad_control_requests_say_why(running: Process, path: str) -> None:
    answer = get(f"{running.said['control']}/{path}")
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_unknown_control_paths(running: Process) -> None:
    assert get(f"{running.said['control']}/nowhere").status_code == 404


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_orderly(number: int) -> None:
    process = Process("--venues", "bitstamp")
    with Socket(process.said["venues"]["bitstamp"]["ws"]) as socket:
        socket.ask({"event": "bts:subscribe", "data": {"channel": "order_book_btcusdt"}})
        assert socket.read()["event"] == "data"
        assert process.end(number) == (0, "")


def test_it_ends_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--venues", "binance", "--seconds", "0.01", "--control-port", "0"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("binance: ws ws://127.0.0.1:")
    assert "rest http://127.0.0.1:" in out
    assert "control: http://127.0.0.1:" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--venues", "moon"], ["--venues", ""], ["--pair", "BTCUSDT"], ["--fault", "binance:explode"],
        ["--fault", "moon:cut"], ["--faults", "/absent.toml"], ["--rate", "0"], ["--speed", "-1"],
        ["--price", "BTC/USDT"], ["--price", "ETH/USDT=5"], ["--price", "BTC/USDT=-1"], ["--port", "70000"],
        ["--capture", "/absent.jsonl.gz", "--venue", "binance"], ["--capture", "/absent.jsonl.gz"],
        ["--venues", "binance", "--pair", "BTC/USD"], ["--ping-period", "soon"], ["--option", "okx"],
        ["--option", "moon:checksum"], ["--option", "okx:magic"], ["--option", "binance:checksum"],
    ],
)  # fmt: skip
def test_bad_usage_is_one_clear_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--seconds", "0"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("onebook sim: ")


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--seed", "x"], ["--rate"]])
def test_unknown_options_are_one_clear_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str], running: Process) -> None:
    port = running.said["venues"]["binance"]["ws"].rpartition(":")[2]
    assert main(["--venues", "binance", "--port", port, "--seconds", "0"]) == 1
    assert "cannot listen" in capsys.readouterr().err
