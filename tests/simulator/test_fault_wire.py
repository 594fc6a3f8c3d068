"""Every fault, observed on the wire by an independent client."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
import requests
import websocket

from simulator import Fault, FaultError, Simulator
from tests.simulator.fault_wire import PAIR, Wire, gaps
from tests.simulator.venue_clients import BinanceFollower, Gap, Socket, get

Start = Callable[..., Simulator]


@pytest.fixture
def wire(simulate: Start) -> Iterator[Wire]:
    made = Wire(simulate(venues=["binance"]))
    yield made
    made.socket.close()


@pytest.mark.parametrize("kind", ["drop", "lose"])
def test_lost_frames_leave_gaps(wire: Wire, kind: str) -> None:
    wire.fault(kind, every=5, duration=2.0, pair=PAIR)
    wire.sim.step(26)
    events = wire.read_to_truth()
    assert (len(events), gaps(events)) == (23, 3)  # of the 19 frames within two seconds, three are lost


def test_a_lost_frame_is_a_gap_to_a_follower(wire: Wire) -> None:
    follower = BinanceFollower(wire.socket, wire.rest, "BTCUSDT", combined=True)
    follower.event = wire.read  # type: ignore[method-assign]
    wire.sim.step(2)
    follower.collect(2)
    follower.join()
    wire.fault("lose")
    wire.sim.step(2)
    with pytest.raises(Gap):
        follower.follow_to(wire.sim.truth("binance", PAIR).sequence)


def test_duplicates(wire: Wire) -> None:
    wire.fault("duplicate", pair=PAIR)
    wire.sim.step(3)
    numbers = [event["u"] for event in wire.read_to_truth()]
    assert len(numbers) == 4
    assert len(set(numbers)) == 3


def test_reordered_frames(wire: Wire) -> None:
    wire.fault("reorder", pair=PAIR)
    wire.sim.step(3)
    numbers = [event["U"] for event in wire.read_to_truth()]
    assert [sorted(numbers).index(number) for number in numbers] == [1, 0, 2]


def test_corrupt_frames(wire: Wire) -> None:
    for mode in ("truncate", "garbage"):
        wire.fault("corrupt", mode=mode, pair=PAIR)
        wire.sim.step()
        with pytest.raises(json.JSONDecodeError):
            json.loads(wire.raw())
    for mode, shows in (("negative", '"-1.00000000"'), ("digits", "1234567890" * 6), ("types", '[true,{"x":null}')):
        wire.fault("corrupt", mode=mode, pair=PAIR)
        wire.sim.step()
        text = str(wire.raw())
        assert shows in text
        json.loads(text)
    wire.fault("corrupt", mode="binary", pair=PAIR)
    wire.sim.step()
    assert isinstance(wire.raw(), bytes)
    wire.fault("corrupt", mode="bytes", pair=PAIR)
    wire.sim.step()
    with pytest.raises((websocket.WebSocketPayloadException, UnicodeDecodeError)):
        wire.raw()


def test_oversize_frames(wire: Wire) -> None:
    wire.fault("oversize", size=3_000_000, pair=PAIR)
    wire.sim.step()
    text = wire.raw()
    assert len(text) >= 3_000_000
    assert json.loads(text)["data"]["e"] == "depthUpdate"


def test_silence_then_a_gap(wire: Wire) -> None:
    wire.sim.step()
    before = wire.read()
    wire.fault("silence", duration=1.0)
    wire.sim.step(12)
    after = wire.read_to_truth()
    assert after[0]["U"] > before["u"] + 1
    assert len(after) <= 3


def test_silence_of_one_pair_only(wire: Wire) -> None:
    wire.fault("silence", duration=60.0, pair=PAIR)
    wire.sim.step(3)
    for _ in range(3):
        assert wire.socket.read()["data"]["s"] == "ETHBTC"


def test_a_stall_delivers_late_and_in_order(wire: Wire) -> None:
    wire.fault("stall", duration=0.5)
    wire.sim.step(8)
    events = wire.read_to_truth()
    assert (len(events), gaps(events)) == (8, 0)


@pytest.mark.parametrize(("code", "reason"), [(1001, ""), (1012, "restart")])
def test_disconnect_with_a_close_frame(wire: Wire, code: int, reason: str) -> None:
    wire.fault("disconnect", code=code, reason=reason)
    opcode, data = wire.socket.raw.recv_data(control_frame=True)
    assert opcode == websocket.ABNF.OPCODE_CLOSE
    assert (int.from_bytes(data[:2], "big"), data[2:].decode()) == (code, reason)


def test_cut_without_a_close_frame(wire: Wire) -> None:
    wire.fault("cut")
    with pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionError)):
        wire.socket.raw.recv_frame()


def test_notice_to_reconnect(wire: Wire, simulate: Start) -> None:
    wire.fault("serverShutdown")
    message = wire.socket.read()
    assert (message["stream"], message["data"]["e"]) == ("!serverShutdown", "serverShutdown")
    sim = simulate(venues=["bitstamp"])
    with Socket(sim.endpoints["bitstamp"].ws) as socket:
        socket.ask({"event": "bts:heartbeat"})
        sim.inject(Fault("bitstamp", "request_reconnect"))
        assert socket.read() == {"event": "bts:request_reconnect", "channel": "", "data": ""}


def test_refused_connections(wire: Wire) -> None:
    wire.fault("refuse", duration=1.0)
    with pytest.raises((websocket.WebSocketException, ConnectionError)):
        Socket(f"{wire.sim.endpoints['binance'].ws}/ws")
    with pytest.raises(requests.ConnectionError):
        get(f"{wire.rest}/api/v3/ping")
    wire.sim.step(12)
    assert get(f"{wire.rest}/api/v3/ping").status_code == 200
    wire.read_to_truth()  # the connection that was there has not noticed anything


@pytest.mark.parametrize("status", [429, 418, 451, 403, 500, 503])
def test_http_errors(wire: Wire, status: int) -> None:
    wire.fault("http", status=status, retry_after=7)
    answer = get(f"{wire.rest}/api/v3/ping")
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    with Socket(f"{wire.sim.endpoints['binance'].ws}/ws"):
        wire.sim.clear_faults()
    assert get(f"{wire.rest}/api/v3/ping").status_code == 200


def test_http_errors_on_the_handshake(wire: Wire) -> None:
    wire.fault("http", status=451, on="both")
    with pytest.raises(websocket.WebSocketBadStatusException, match="451"):
        Socket(f"{wire.sim.endpoints['binance'].ws}/ws")


@pytest.mark.parametrize(("mode", "start"), [("truncate", "{"), ("garbage", "\x01"), ("html", "<"), ("empty", "")])
def test_spoiled_rest_answers(wire: Wire, mode: str, start: str) -> None:
    wire.fault("rest_garbage", mode=mode)
    text = get(f"{wire.rest}/api/v3/depth?symbol=BTCUSDT").text
    assert text.startswith(start)
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_slow_answers_and_handshakes(wire: Wire) -> None:
    wire.fault("slow_rest", delay=0.2)
    wire.fault("slow_handshake", delay=0.2)
    began = time.monotonic()
    get(f"{wire.rest}/api/v3/ping")
    assert time.monotonic() - began >= 0.2
    began = time.monotonic()
    with Socket(f"{wire.sim.endpoints['binance'].ws}/ws"):
        assert time.monotonic() - began >= 0.2


def test_stale_snapshots(wire: Wire) -> None:
    wire.sim.step(5)
    frozen = wire.sim.truth("binance", PAIR).sequence
    wire.fault("stale", duration=30.0)
    wire.sim.step(20)
    url = f"{wire.rest}/api/v3/depth?symbol=BTCUSDT&limit=5000"
    assert get(url).json()["lastUpdateId"] == frozen
    wire.sim.clear_faults()
    assert get(url).json()["lastUpdateId"] > frozen
    wire.fault("stale", age=1.0)
    now = wire.sim.truth("binance", PAIR).sequence
    assert frozen < get(url).json()["lastUpdateId"] < now


def test_stale_bitstamp_books(simulate: Start) -> None:
    sim = simulate(venues=["bitstamp"])
    sim.step(50)
    sim.inject(Fault("bitstamp", "stale", age=4.0))
    stamp = int(get(f"{sim.endpoints['bitstamp'].rest}/api/v2/order_book/btcusdt/").json()["microtimestamp"])
    assert sim.now_us() - stamp >= 4_000_000


def test_a_crossed_book_is_crossed_everywhere_and_heals(wire: Wire) -> None:
    follower = BinanceFollower(wire.socket, wire.rest, "BTCUSDT", combined=True)
    follower.event = wire.read  # type: ignore[method-assign]
    wire.sim.step(2)
    follower.collect(2)
    follower.join()
    wire.fault("crossed", duration=1.0, pair=PAIR)
    wire.sim.step(5)
    truth = wire.sim.truth("binance", PAIR)
    follower.follow_to(truth.sequence)
    assert follower.same_as(truth)
    assert max(follower.bids) >= min(follower.asks)
    book = get(f"{wire.rest}/api/v3/depth?symbol=BTCUSDT&limit=5").json()
    assert float(book["bids"][0][0]) >= float(book["asks"][0][0])
    wire.sim.step(10)
    follower.follow_to(wire.sim.truth("binance", PAIR).sequence)
    assert follower.same_as(wire.sim.truth("binance", PAIR))
    assert max(follower.bids) < min(follower.asks)


def test_ghost_levels_are_in_the_diffs_only(wire: Wire) -> None:
    follower = BinanceFollower(wire.socket, wire.rest, "BTCUSDT", combined=True)
    follower.event = wire.read  # type: ignore[method-assign]
    wire.sim.step(2)
    follower.collect(2)
    follower.join()
    wire.fault("ghost", pair=PAIR)
    wire.sim.step()
    truth = wire.sim.truth("binance", PAIR)
    follower.follow_to(truth.sequence)
    assert not follower.same_as(truth)
    assert len(follower.bids) == len(truth.bids) + 1


def test_a_skewed_clock_shows_in_event_times(wire: Wire) -> None:
    wire.sim.step()
    before = wire.read()["E"]
    wire.fault("skew", shift=-60.0)
    wire.sim.step()
    assert wire.read()["E"] == before + 100 - 60_000
    assert get(f"{wire.rest}/api/v3/time").json()["serverTime"] < before - 59_000


def test_scheduled_faults_come_with_the_steps(simulate: Start) -> None:
    wire = Wire(simulate(venues=["binance"], faults=[Fault("binance", "lose", at=1.0, duration=0.5)]))
    try:
        wire.sim.step(20)
        events = wire.read_to_truth()
        assert (len(events), gaps(events)) == (15, 1)
    finally:
        wire.socket.close()


def test_faults_for_what_is_not_there_are_refused(wire: Wire) -> None:
    with pytest.raises(FaultError, match="unknown venue"):
        wire.sim.inject(Fault("elsewhere", "cut"))
    with pytest.raises(FaultError, match="unknown pair"):
        wire.fault("silence", pair="XRP/USD")
