"""Captures served as if the venue were there."""

import gzip
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator import ConfigError, Simulator, SimulatorConfig
from tests.simulator.venue_clients import BinanceFollower, Socket, get

Start = Callable[..., Simulator]
Find = Callable[[str], Path]


def records(path: Path, kind: str, part: str) -> list[Any]:

    with gzip.open(path, "rt") as file:
        rows = [json.loads(line) for line in file]
    return [row for row in rows if row["k"] == kind and part in row["u"] + row["d"]]


def test_frames_come_byte_for_byte_and_join_with_their_snapshot(simulate: Start, capture: Find) -> None:
    path = capture("binance_spot/multi4_20211011")
    sim = simulate(venues=["binance"], pairs=["NKN/USDT"], capture=str(path))
    stream = "nknusdt@depth@100ms"
    with Socket(f"{sim.endpoints['binance'].ws}/stream?streams={stream}") as socket:
        sim.wait_for_listeners("binance", stream)
        answer: list[str] = []
        url = f"{sim.endpoints['binance'].rest}/api/v3/depth?symbol=NKNUSDT&limit=5000"
        asking = threading.Thread(target=lambda: answer.append(get(url).text))
        asking.start()
        sim.step(1000)
        asking.join()
        expected = [row["d"] for row in records(path, "recv", f'"{stream}"')]
        received = [socket.raw.recv() for _ in expected]
    assert received == expected
    assert answer == [row["d"] for row in records(path, "http", "depth?symbol=NKNUSDT")]
    follower = BinanceFollower(None, "", "NKNUSDT", combined=True)  # type: ignore[arg-type]
    snapshot = json.loads(answer[0])
    follower.found(snapshot)
    follower.last = snapshot["lastUpdateId"]
    for text in received:
        follower.apply(json.loads(text)["data"])
    assert follower.applied > 10
    assert max(follower.bids) < min(follower.asks)


def test_raw_paths_get_the_bare_payload(simulate: Start, capture: Find) -> None:
    path = capture("binance_spot/multi4_20211011")
    sim = simulate(venues=["binance"], pairs=["NKN/USDT"], capture=str(path))
    stream = "nknusdt@bookTicker"
    with Socket(f"{sim.endpoints['binance'].ws}/ws/{stream}") as socket:
        sim.wait_for_listeners("binance", stream)
        sim.step(1000)
        expected = json.loads(records(path, "recv", f'"{stream}"')[0]["d"])["data"]
        assert socket.read() == expected


def test_recorded_exchange_information_is_there_at_once(simulate: Start, capture: Find) -> None:
    path = capture("binance_us/multi4_20211011")
    sim = simulate(venues=["binance_us"], pairs=["COMP/USDT"], capture=str(path))
    answer = get(f"{sim.endpoints['binance_us'].rest}/api/v3/exchangeInfo")
    assert answer.text == records(path, "http", "exchangeInfo")[0]["d"]


def test_bitstamp_at_many_times_the_pace(simulate: Start, capture: Find) -> None:
    path = capture("bitstamp/multi10_20220104")
    sim = simulate(venues=["bitstamp"], pairs=["ETH/USD"], capture=str(path), manual=False, speed=200.0)
    expected = [row["d"] for row in records(path, "recv", '"diff_order_book_ethusd"') if '"event":"data"' in row["d"]]
    with Socket(sim.endpoints["bitstamp"].ws) as socket:
        socket.ask({"event": "bts:subscribe", "data": {"channel": "diff_order_book_ethusd"}})
        received = [socket.raw.recv() for _ in expected]
        snapshot = get(f"{sim.endpoints['bitstamp'].rest}/api/v2/order_book/ethusd/?group=1").json()
    assert received == expected
    assert "microtimestamp" in snapshot


def test_what_the_capture_lacks_is_generated_with_its_decimals(simulate: Start, capture: Find) -> None:
    path = capture("binance_spot/btcusdt_20240808-09")
    sim = simulate(venues=["binance"], pairs=["BTC/USDT"], capture=str(path))
    info = get(f"{sim.endpoints['binance'].rest}/api/v3/exchangeInfo").json()["symbols"][0]
    assert (info["symbol"], info["filters"][0]["tickSize"]) == ("BTCUSDT", "0.01000000")
    assert get(f"{sim.endpoints['binance'].rest}/api/v3/depth?symbol=XRPUSDT").json()["code"] == -1121


def test_bad_captures_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such capture"):
        Simulator(SimulatorConfig(venues=["binance"], capture=str(tmp_path / "absent.jsonl.gz")))
    with pytest.raises(ConfigError, match="one venue"):
        Simulator(SimulatorConfig(capture="x"))
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"t":null,"k":"recv"}\n')
    with pytest.raises(ConfigError, match="line 1"):
        Simulator(SimulatorConfig(venues=["binance"], capture=str(broken)))
