"""Binance USD-M futures on the wire, seen by independent clients."""

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulator import ConnectionRules, Fault, Simulator
from tests.simulator.venue_clients import Follower, Gap, OutOfDateSnapshot, Socket, get, set_levels

Start = Callable[..., Simulator]
VENUE = "binance_usdm"
PAIR = "BTC/USDT"
DIFF = "btcusdt@depth@100ms"


class UsdmFollower(Follower):
    """The documented procedure: buffer, snapshot, join where pu <= L < u, then pu chains."""

    def __init__(self, socket: Socket, rest: str) -> None:
        super().__init__()
        self._socket, self._rest = socket, rest
        self.buffer: list[Any] = []

    def event(self) -> Any:
        return self._socket.read()["data"]

    def join(self, count: int) -> None:
        """Collect `count` events and join the snapshot to them. Raises OutOfDateSnapshot."""
        self.buffer += [self.event() for _ in range(count)]
        snapshot = get(f"{self._rest}/fapi/v1/depth?symbol=BTCUSDT&limit=1000").json()
        last = snapshot["lastUpdateId"]
        kept = [event for event in self.buffer if event["u"] > last]
        if (kept and kept[0]["pu"] > last) or last < self.buffer[0]["pu"]:
            raise OutOfDateSnapshot
        self.found(snapshot)
        self.last = self.linked = last
        for event in kept:
            self.apply(event, joining=event is kept[0])

    def apply(self, event: Any, joining: bool = False) -> None:
        if joining or (event["pu"] <= self.last < event["u"] and not self.applied):
            assert event["pu"] <= self.last < event["u"]
        elif event["pu"] != self.last:
            raise Gap(f"{self.last} -> {event['pu']}")
        set_levels(self.bids, event["b"])
        set_levels(self.asks, event["a"])
        self.last = event["u"]
        self.applied += 1

    def top_is(self, truth: Any, count: int = 300) -> bool:
        """Equal in the part of the book that the snapshot showed."""
        bids, asks = sorted(self.bids, reverse=True)[:count], sorted(self.asks)[:count]
        wanted = (
            [(Decimal(p), Decimal(s)) for p, s in truth.bids[:count]],
            [(Decimal(p), Decimal(s)) for p, s in truth.asks[:count]],
        )
        return ([(p, self.bids[p]) for p in bids], [(p, self.asks[p]) for p in asks]) == wanted


def listen(sim: Simulator, streams: str, route: str = "public") -> Socket:
    socket = Socket(f"{sim.endpoints[VENUE].ws}/{route}/stream?streams={streams}")
    for stream in streams.split("/"):
        sim.wait_for_listeners(VENUE, stream)
    return socket


def rest(sim: Simulator, path: str) -> Any:
    answer = get(f"{sim.endpoints[VENUE].rest}{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_a_naive_client_reaches_the_truth(simulate: Start, steps: int) -> None:
    sim = simulate(venues=[VENUE])
    with listen(sim, DIFF) as socket:
        sim.step(steps)
        follower = UsdmFollower(socket, sim.endpoints[VENUE].rest)
        follower.join(steps)
        for _ in range(10):
            sim.step(10)
            truth = sim.truth(VENUE, PAIR)
            while follower.last < truth.sequence:
                follower.apply(follower.event())
            assert follower.last == truth.sequence
            assert follower.top_is(truth)
        assert follower.applied >= 100


def test_ids_have_holes_and_pu_links(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with listen(sim, DIFF) as socket:
        sim.step(200)
        events = [socket.read()["data"] for _ in range(200)]
    assert all(later["pu"] == earlier["u"] for earlier, later in itertools.pairwise(events))
    assert all(event["U"] > event["pu"] + 1 for event in events)
    assert set(events[0]) == {"e", "E", "T", "s", "ps", "st", "U", "u", "pu", "b", "a"}


def test_slower_paces_have_chains_of_their_own(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with listen(sim, "btcusdt@depth/btcusdt@depth@500ms") as socket:
        sim.step(40)
        events = [socket.read() for _ in range(16 + 8)]
    for stream, count in (("btcusdt@depth", 16), ("btcusdt@depth@500ms", 8)):
        mine = [event["data"] for event in events if event["stream"] == stream]
        assert len(mine) == count
        assert all(later["pu"] == earlier["u"] for earlier, later in itertools.pairwise(mine))
        assert mine[-1]["u"] == sim.truth(VENUE, PAIR).sequence


def test_partial_books_carry_ids_and_the_top_of_the_truth(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with listen(sim, f"btcusdt@depth20@100ms/{DIFF}") as socket:
        sim.step(10)
        frames = [socket.read() for _ in range(20)]
    truth = sim.truth(VENUE, PAIR, 20)
    by_stream = {frame["stream"]: frame["data"] for frame in frames}
    partial = by_stream["btcusdt@depth20@100ms"]
    assert (partial["U"], partial["u"], partial["pu"]) == tuple(by_stream[DIFF][key] for key in ("U", "u", "pu"))
    assert ([tuple(row) for row in partial["b"]], [tuple(row) for row in partial["a"]]) == (truth.bids, truth.asks)


def test_book_ticker_is_in_the_id_space_of_the_depth(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    checked = 0
    with listen(sim, f"{DIFF}/btcusdt@bookTicker") as socket:
        follower = UsdmFollower(socket, sim.endpoints[VENUE].rest)
        snapshot = rest(sim, "/fapi/v1/depth?symbol=BTCUSDT&limit=1000")
        follower.found(snapshot)
        follower.last = snapshot["lastUpdateId"]
        sim.step(100)
        truth, ticker = sim.truth(VENUE, PAIR), None
        while follower.last < truth.sequence:
            frame = socket.read()
            if frame["stream"] != DIFF:
                ticker = frame["data"]
                continue
            follower.apply(frame["data"])
            if ticker is not None:
                assert ticker["u"] <= follower.last
                bid, ask = max(follower.bids), min(follower.asks)
                assert (Decimal(ticker["b"]), Decimal(ticker["B"])) == (bid, follower.bids[bid])
                assert (Decimal(ticker["a"]), Decimal(ticker["A"])) == (ask, follower.asks[ask])
                checked += 1
    assert checked > 90


def test_trades_and_marks_are_on_the_market_route(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with listen(sim, "btcusdt@aggTrade/btcusdt@markPrice@1s/btcusdt@kline_1m", "market") as socket:
        sim.step(60)
        frames: list[Any] = []
        while sum(frame["data"]["e"] == "markPriceUpdate" for frame in frames) < 6:
            frames.append(socket.read())
    takers = [frame["data"] for frame in frames if frame["data"]["e"] == "aggTrade"]
    assert set(takers[0]) == {"e", "E", "s", "a", "p", "q", "nq", "f", "l", "T", "m", "st"}
    assert all(b["a"] == a["a"] + 1 and b["f"] == a["l"] + 1 for a, b in itertools.pairwise(takers))
    known = [row["a"] for row in rest(sim, "/fapi/v1/aggTrades?symbol=BTCUSDT&limit=5")]
    assert known[:3] == [taker["a"] for taker in takers[-5:]][:3]
    assert any(frame["data"]["e"] == "kline" for frame in frames)


@pytest.mark.parametrize(("path", "stream"), [
    ("/ws", DIFF), ("/stream", DIFF), ("/market/ws", DIFF), ("/private/ws", DIFF),
    ("/public/ws", "btcusdt@aggTrade"), ("/public/ws", "btcusdt@trade"), ("/market/ws", "btcusdt@trade"),
])  # fmt: skip
def test_the_wrong_route_is_acknowledged_and_silent(simulate: Start, path: str, stream: str) -> None:
    sim = simulate(venues=[VENUE])
    with Socket(sim.endpoints[VENUE].ws + path) as socket:
        assert socket.ask({"method": "SUBSCRIBE", "params": [stream], "id": 1}) == {"result": None, "id": 1}
        assert not sim.hosts[VENUE].listeners
        sim.step(20)
        assert socket.ask({"method": "LIST_SUBSCRIPTIONS", "id": 2}) == {"result": [stream], "id": 2}


def test_control_messages_on_the_right_route(simulate: Start) -> None:
    sim = simulate(venues=[VENUE], rules={VENUE: ConnectionRules()})
    with Socket(f"{sim.endpoints[VENUE].ws}/public/ws") as socket:
        socket.ask({"method": "SUBSCRIBE", "params": [DIFF], "id": 1})
        sim.step()
        assert socket.read()["e"] == "depthUpdate"
        assert socket.ask({"method": "UNSUBSCRIBE", "params": [DIFF], "id": 2}) == {"result": None, "id": 2}
        sim.step(3)
        assert socket.ask({"method": "LIST_SUBSCRIPTIONS", "id": 3})["result"] == []
        assert socket.ask({"method": "NONSENSE", "id": 4})["code"] == 2


@pytest.mark.parametrize(("kind", "breaks"), [("drop", 1), ("lose", 1), ("duplicate", 1), ("reorder", 3)])
def test_frame_faults_break_the_chain(simulate: Start, kind: str, breaks: int) -> None:
    sim = simulate(venues=[VENUE])
    with listen(sim, DIFF) as socket:
        sim.step(3)
        sim.inject(Fault(VENUE, kind, pair=PAIR))
        sim.step(10)
        count = 13 + {"drop": -1, "lose": -1, "duplicate": 1, "reorder": 0}[kind]
        events = [socket.read()["data"] for _ in range(count)]
    assert sum(later["pu"] != earlier["u"] for earlier, later in itertools.pairwise(events)) == breaks


def test_exchange_info_tells_perpetuals_from_dated_contracts(simulate: Start) -> None:
    sim = simulate(venues=[VENUE], pairs=["BTC/USDT", "BTC/USDC", "BTC/USD", "ETH/BTC"])
    entries = {entry["symbol"]: entry for entry in rest(sim, "/fapi/v1/exchangeInfo")["symbols"]}
    kinds = {symbol: entry["contractType"] for symbol, entry in entries.items()}
    assert kinds == {"BTCUSDT": "PERPETUAL", "BTCUSDC": "PERPETUAL", "BTCUSDT_261225": "CURRENT_QUARTER"}
    filters = {item["filterType"]: item for item in entries["BTCUSDT"]["filters"]}
    tick, step = Decimal(filters["PRICE_FILTER"]["tickSize"]), Decimal(filters["LOT_SIZE"]["stepSize"])
    truth = sim.truth(VENUE, PAIR)
    assert all(Decimal(p) % tick == 0 and Decimal(s) % step == 0 for p, s in truth.bids + truth.asks)
    assert -Decimal(tick).as_tuple().exponent != entries["BTCUSDT"]["pricePrecision"]  # type: ignore[operator]


def test_depth_weights_and_limits(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    base = f"{sim.endpoints[VENUE].rest}/fapi/v1/"
    used = [0]
    for limit in (5, 50, 100, 500, 1000):
        answer = get(f"{base}depth?symbol=BTCUSDT&limit={limit}")
        used.append(int(answer.headers["X-MBX-USED-WEIGHT-1M"]))
        assert len(answer.json()["bids"]) == limit
    assert [later - earlier for earlier, later in itertools.pairwise(used)] == [2, 2, 5, 10, 20]
    assert get(f"{base}depth?symbol=BTCUSDT&limit=200").json()["code"] == -4021
    assert get(f"{base}depth?symbol=NOSUCH").json()["code"] == -1121
    assert get(f"{sim.endpoints[VENUE].rest}/api/v3/depth?symbol=BTCUSDT").status_code == 404


def test_a_spent_budget_is_429_then_418(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    url = f"{sim.endpoints[VENUE].rest}/fapi/v1/depth?symbol=BTCUSDT&limit=1000"
    statuses = [get(url).status_code for _ in range(132)]
    assert statuses == [200] * 120 + [429] * 10 + [418] * 2


def test_candles_trades_and_open_interest(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    sim.step(30)
    rows = rest(sim, "/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=1500")
    assert (len(rows), len(rows[0])) == (1500, 12)
    assert all(later[0] == earlier[6] + 1 for earlier, later in itertools.pairwise(rows))
    trades = rest(sim, "/fapi/v1/trades?symbol=BTCUSDT&limit=3")
    assert set(trades[0]) == {"id", "price", "qty", "quoteQty", "time", "isBuyerMaker"}
    now = rest(sim, "/fapi/v1/openInterest?symbol=BTCUSDT")
    assert now["symbol"] == "BTCUSDT"
    assert Decimal(now["openInterest"]) > 0
    path = "/futures/data/openInterestHist?symbol=BTCUSDT&period=5m&limit=20"
    past = rest(sim, path)
    assert past == rest(sim, path)
    assert [later["timestamp"] - row["timestamp"] for row, later in itertools.pairwise(past)] == [300_000] * 19
    ratio = Decimal(past[-1]["sumOpenInterestValue"]) / Decimal(past[-1]["sumOpenInterest"])
    assert abs(ratio / Decimal(trades[-1]["price"]) - 1) < Decimal("0.05")
    bad = get(f"{sim.endpoints[VENUE].rest}/futures/data/openInterestHist?symbol=BTCUSDT&period=7m")
    assert bad.json()["code"] == -1130


def test_a_capture_is_served_on_its_route(simulate: Start, capture: Callable[[str], Path]) -> None:
    path = capture("binance_usdm/multi4_20210722")
    sim = simulate(venues=[VENUE], pairs=["SUSHI/USDT"], capture=str(path))
    stream = "sushiusdt@depth@100ms"
    with listen(sim, stream) as socket:
        sim.step(200)
        events = [socket.read() for _ in range(20)]
        snapshot = rest(sim, "/fapi/v1/depth?symbol=SUSHIUSDT&limit=1000")
    assert all(json.dumps(event).count("pu") == 1 and event["stream"] == stream for event in events)
    chain = [event["data"] for event in events]
    assert all(later["pu"] == earlier["u"] for earlier, later in itertools.pairwise(chain))
    assert chain[0]["pu"] <= snapshot["lastUpdateId"]
