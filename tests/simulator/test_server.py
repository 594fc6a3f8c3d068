"""The runtime: its own clock, many connections, the end."""

import contextlib
import itertools
import threading
import time
from collections.abc import Callable

import pytest

from simulator import ConfigError, Fault, Simulator, SimulatorConfig
from simulator.server import reachable
from tests.simulator.venue_clients import Socket, get

Start = Callable[..., Simulator]


def test_it_runs_by_itself_at_the_asked_rate(simulate: Start) -> None:
    sim = simulate(manual=False, rate=50.0, venues=["binance"])
    with Socket(f"{sim.endpoints['binance'].ws}/ws/btcusdt@depth@100ms") as socket:
        events = [socket.read() for _ in range(20)]
    assert all(later["U"] == earlier["u"] + 1 for earlier, later in itertools.pairwise(events))
    assert events[-1]["E"] > events[0]["E"]


def test_two_hundred_connections_get_the_same_frames(simulate: Start) -> None:
    sim = simulate(venues=["binance"], pairs=["BTC/USDT"])
    with contextlib.ExitStack() as stack:
        url = f"{sim.endpoints['binance'].ws}/ws/btcusdt@depth@100ms"
        sockets = [stack.enter_context(Socket(url)) for _ in range(200)]
        sim.wait_for_listeners("binance", "btcusdt@depth@100ms", 200)
        sim.step(3)
        texts = {tuple(socket.raw.recv() for _ in range(3)) for socket in sockets}
    assert len(texts) == 1


def test_the_same_seed_sends_the_same_bytes(simulate: Start) -> None:
    def frames() -> list[str | bytes]:
        sim = simulate(venues=["binance", "bitstamp"], pairs=["BTC/USDT"])
        url = f"{sim.endpoints['binance'].ws}/stream?streams=btcusdt@depth@100ms/btcusdt@trade/btcusdt@bookTicker"
        with Socket(url) as socket:
            sim.wait_for_listeners("binance", "btcusdt@bookTicker")
            sim.step(20)
            return [socket.raw.recv() for _ in range(40)]

    assert frames() == frames()


def test_a_client_that_leaves_is_forgotten(simulate: Start) -> None:
    sim = simulate(venues=["bitstamp"])
    with Socket(sim.endpoints["bitstamp"].ws) as socket:
        socket.ask({"event": "bts:subscribe", "data": {"channel": "order_book_btcusdt"}})
        deadline = time.monotonic() + 10  # It answers first and notes it then, on its own thread.
        while not sim.hosts["bitstamp"].listeners:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    sim.stop()
    assert not sim.hosts["bitstamp"].listeners
    assert not sim.hosts["bitstamp"].clients


def test_stop_closes_connections_with_going_away() -> None:
    sim = Simulator(SimulatorConfig(venues=["bitstamp"], manual=True))
    sim.start()
    with Socket(sim.endpoints["bitstamp"].ws) as socket:
        socket.ask({"event": "bts:heartbeat"})
        ending = threading.Thread(target=sim.stop)
        ending.start()
        opcode, data = socket.raw.recv_data(control_frame=True)
        assert (opcode, int.from_bytes(data[:2], "big")) == (8, 1001)
        socket.close()
        ending.join()


def test_the_default_is_loopback_only(simulate: Start) -> None:
    sim = simulate()
    assert all(address.rest.startswith("http://127.0.0.1:") for address in sim.endpoints.values())
    assert get(sim.endpoints["binance"].rest + "/api/v3/ping").json() == {}


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("127.0.0.1", "127.0.0.1")])
def test_addresses_are_ones_a_client_can_use(host: str, shown: str) -> None:
    assert reachable(host) == shown


def test_waiting_for_a_listener_that_never_comes(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    with pytest.raises(TimeoutError, match="0 of 1"):
        sim.wait_for_listeners("binance", "btcusdt@trade", timeout=0.01)


def test_bad_configurations() -> None:
    with pytest.raises(ConfigError, match="unknown venue"):
        Simulator(SimulatorConfig(venues=["moon"]))
    with pytest.raises(ConfigError, match="no pair"):
        Simulator(SimulatorConfig(pairs=[]))


def test_heartbeats_come_by_themselves(simulate: Start) -> None:
    sim = simulate(venues=["kraken"], manual=False, faults=[Fault("kraken", "calm", at=0.0, duration=600.0)])
    with Socket(sim.endpoints["kraken"].ws + "/v2") as socket:
        assert socket.read()["channel"] == "status"
        params = {"channel": "book", "symbol": ["BTC/USDT"], "snapshot": False}
        assert socket.ask({"method": "subscribe", "params": params})["success"]
        while (message := socket.read()) != {"channel": "heartbeat"}:
            assert message["channel"] == "book"


def test_the_state_shows_limits(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    get(sim.endpoints["binance"].rest + "/api/v3/depth?symbol=BTCUSDT&limit=5000")
    with Socket(sim.endpoints["binance"].ws + "/ws") as socket:
        socket.ask({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        assert sim.hosts["binance"].state()["limits"] == {"connects": 1, "rest_used": {"all": 250}}
