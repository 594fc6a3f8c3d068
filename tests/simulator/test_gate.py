"""Gate, spot and perpetuals, on the wire, seen by independent clients."""

import itertools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from simulator import ConfigError, Fault
from tests.simulator.gate_client import (
    PAIR,
    UPDATES,
    GateFollower,
    Start,
    futures,
    pair_of,
    rest,
    results,
    spot,
)


@pytest.mark.parametrize("venue", ["gate", "gate_futures"])
def test_a_naive_client_reaches_the_truth(simulate: Start, venue: str) -> None:
    sim = simulate(venues=[venue])
    family = "spot" if venue == "gate" else "futures"
    payload = ["BTC_USDT", "100ms"] if venue == "gate" else ["BTC_USDT", "100ms", "100"]
    book = "spot/order_book?currency_pair" if venue == "gate" else "futures/usdt/order_book?contract"
    with spot(sim) if venue == "gate" else futures(sim) as socket:
        assert socket.subscribe(f"{family}.order_book_update", *payload)["result"] == {"status": "success"}
        sim.step(5)
        events = results(socket.drain(), f"{family}.order_book_update")
        follower = GateFollower()
        follower.join(events, rest(sim, f"{book}=BTC_USDT&limit=100&with_id=true", venue))
        for _ in range(20):
            sim.step(10)
            for event in results(socket.drain(), f"{family}.order_book_update"):
                follower.apply(event)
            assert follower.is_top_of(sim.truth(venue, PAIR), 100)
        assert follower.applied > 150


def test_updates_are_numbered_without_holes(simulate: Start) -> None:
    sim = simulate(venues=["gate"])
    with spot(sim) as socket:
        socket.subscribe(UPDATES, "BTC_USDT", "20ms")
        sim.step(100)
        events = results(socket.drain(), UPDATES)
    assert all(later["U"] == earlier["u"] + 1 for earlier, later in itertools.pairwise(events))
    assert set(events[0]) == {"t", "e", "E", "s", "U", "u", "b", "a"}
    assert events[0]["t"] // 1000 == events[0]["E"]


@pytest.mark.parametrize("depth", [50, 400])
def test_obu_snapshots_in_band_and_once(simulate: Start, depth: int) -> None:
    sim = simulate(venues=["gate"])
    name = f"ob.BTC_USDT.{depth}"
    with spot(sim) as socket:
        assert socket.subscribe("spot.obu", name)["error"] is None
        first = socket.read()["result"]
        assert first["full"] is True
        assert "U" not in first
        follower = GateFollower()
        follower.apply(first)
        assert follower.is_top_of(sim.truth("gate", PAIR), depth)
        for _ in range(5):
            sim.step(20)
            for update in results(socket.drain(), "spot.obu"):
                assert update["U"] == follower.last + 1
                follower.apply(update)
            assert follower.is_top_of(sim.truth("gate", PAIR), depth)
        again = socket.subscribe("spot.obu", name)
        assert again["error"]["code"] == 2
        assert "Alert sub" in again["error"]["message"]
        socket.unsubscribe("spot.obu", name)
        socket.subscribe("spot.obu", name)
        assert socket.read()["result"]["full"] is True


def test_two_clients_of_one_stream_have_their_own_snapshots(simulate: Start) -> None:
    sim = simulate(venues=["gate"])
    with spot(sim) as one, spot(sim) as two:
        one.subscribe("spot.obu", "ob.BTC_USDT.50")
        sim.step(10)
        two.subscribe("spot.obu", "ob.BTC_USDT.50")
        sim.step(10)
        followers = []
        for socket in (one, two):
            followers.append(GateFollower())
            for event in results(socket.drain(), "spot.obu"):
                followers[-1].apply(event)
            assert followers[-1].is_top_of(sim.truth("gate", PAIR), 50)
    assert followers[0].applied > followers[1].applied > 1


def test_a_whole_book_may_come_amid_the_updates(simulate: Start) -> None:
    sim = simulate(venues=["gate"], options={"gate": {"full": "7"}})
    with spot(sim) as socket:
        socket.subscribe(UPDATES, "BTC_USDT", "100ms")
        sim.step(1)
        follower = GateFollower()
        follower.join(results(socket.drain(), UPDATES),
                      rest(sim, "spot/order_book?currency_pair=BTC_USDT&limit=100&with_id=true"))  # fmt: skip
        sim.step(40)
        events = results(socket.drain(), UPDATES)
        for event in events:
            follower.apply(event)
        assert follower.is_top_of(sim.truth("gate", PAIR), 100)
    whole = [event for event in events if event.get("full")]
    assert len(whole) == 5
    assert {event["l"] for event in whole} == {"100"}
    with pytest.raises(ConfigError, match="full"):
        simulate(venues=["gate"], options={"gate": {"full": "0"}})


def test_a_restart_sends_whole_books(simulate: Start) -> None:
    sim = simulate(venues=["gate"])
    with spot(sim) as socket:
        socket.subscribe("spot.obu", "ob.BTC_USDT.50")
        socket.subscribe(UPDATES, "BTC_USDT", "100ms")
        sim.step(3)
        sim.inject(Fault("gate", "restart"))
        messages = socket.drain()
    assert [message["result"].get("full") for message in messages[-2:]] == [True, True]


def test_whole_books_tickers_trades_and_candles(simulate: Start) -> None:
    sim = simulate(venues=["gate"])
    with spot(sim) as socket:
        socket.subscribe("spot.order_book", "BTC_USDT", "20", "100ms")
        socket.subscribe("spot.book_ticker", "BTC_USDT", "ETH_BTC")
        socket.subscribe("spot.trades", "BTC_USDT", "ETH_BTC")
        socket.subscribe("spot.candlesticks", "1m", "BTC_USDT")
        sim.step(60)
        messages = socket.drain()
        truth = sim.truth("gate", PAIR, 20)
        book = results(messages, "spot.order_book")[-1]
        assert [pair_of(row) for row in book["bids"]] == [pair_of(row) for row in truth.bids]
        assert (book["lastUpdateId"], book["l"]) == (truth.sequence, "20")
        ticker = [row for row in results(messages, "spot.book_ticker") if row["s"] == "BTC_USDT"][-1]
        assert pair_of([ticker["b"], ticker["B"]]) == pair_of(truth.bids[0])
        trades = [row for row in results(messages, "spot.trades") if row["currency_pair"] == "BTC_USDT"]
        assert set(trades[0]) == {
            "id", "create_time", "create_time_ms", "side", "currency_pair", "amount", "price",
        }  # fmt: skip
        assert isinstance(trades[0]["create_time_ms"], str)
        stored = rest(sim, "spot/trades?currency_pair=BTC_USDT&limit=3")
        assert [row["id"] for row in stored] == [str(row["id"]) for row in trades[-3:][::-1]]
        candle = results(messages, "spot.candlesticks")[-1]
        assert (candle["n"], candle["w"], Decimal(candle["c"])) == ("1m_BTC_USDT", False, Decimal(trades[-1]["price"]))


def test_contract_trades_are_lists_with_signed_sizes(simulate: Start) -> None:
    sim = simulate(venues=["gate_futures"])
    with futures(sim) as socket:
        socket.subscribe("futures.trades", "BTC_USDT")
        socket.subscribe("futures.book_ticker", "BTC_USDT")
        sim.step(60)
        messages = socket.drain()
    trades = [row for result in results(messages, "futures.trades") for row in result]
    assert {row["size"] > 0 for row in trades} == {True, False}
    assert all(isinstance(row["create_time_ms"], int) for row in trades)
    stored = rest(sim, "futures/usdt/trades?contract=BTC_USDT&limit=3", "gate_futures")
    assert [(row["id"], row["size"]) for row in stored] == [(row["id"], row["size"]) for row in trades[-3:][::-1]]
    ticker, truth = results(messages, "futures.book_ticker")[-1], sim.truth("gate_futures", PAIR, 1)
    assert pair_of([ticker["b"], ticker["B"]]) == pair_of(truth.bids[0])


@pytest.mark.parametrize(("message", "code"), [
    ("{", 1), ("[]", 1), ('{"channel":"spot.trades","event":"jump"}', 1),
    ('{"channel":"spot.trades","event":"subscribe"}', 2),
    ('{"channel":"spot.trades","event":"subscribe","payload":["FOO_BAR"]}', 2),
    ('{"channel":"spot.nothing","event":"subscribe","payload":["BTC_USDT"]}', 2),
    ('{"channel":"spot.order_book_update","event":"subscribe","payload":["BTC_USDT","50ms"]}', 2),
    ('{"channel":"spot.obu","event":"subscribe","payload":["ob.BTC_USDT.77"]}', 2),
])  # fmt: skip
def test_bad_messages_are_answered(simulate: Start, message: str, code: int) -> None:
    sim = simulate(venues=["gate"])
    with spot(sim) as socket:
        socket.raw.send(message)
        answer = socket.read()
        assert (answer["error"]["code"], answer["result"]) == (code, None)
    if "FOO" in message:
        assert answer["error"]["message"] == "unknown currency pair: FOO_BAR"


def test_ping_ids_and_the_upgrade_notice(simulate: Start) -> None:
    sim = simulate(venues=["gate"])
    with spot(sim) as socket:
        pong = socket.ask({"time": 5, "channel": "spot.ping"})
        assert (pong["channel"], pong["event"], pong["error"], pong["result"]) == ("spot.pong", "", None, None)
        message = {"id": 77, "time": 5, "channel": "spot.trades", "event": "subscribe", "payload": ["BTC_USDT"]}
        assert socket.ask(message)["id"] == 77
        sim.inject(Fault("gate", "notice"))
        assert socket.read()["event"] == "upgrade"


@pytest.mark.parametrize("kind", ["drop", "lose", "duplicate", "reorder"])
def test_frame_faults(simulate: Start, kind: str) -> None:
    sim = simulate(venues=["gate"])
    with spot(sim) as socket:
        socket.subscribe(UPDATES, "BTC_USDT", "100ms")
        sim.step(2)
        sim.inject(Fault("gate", kind, pair=PAIR))
        sim.step(8)
        events = results(socket.drain(), UPDATES)
    breaks = sum(later["U"] != earlier["u"] + 1 for earlier, later in itertools.pairwise(events))
    assert breaks == {"drop": 1, "lose": 1, "duplicate": 1, "reorder": 3}[kind]
    assert len(events) == {"drop": 9, "lose": 9, "duplicate": 11, "reorder": 10}[kind]


def test_a_capture_is_served(simulate: Start, capture: Callable[[str], Path]) -> None:
    path = capture("gate/v4_multi10_20210422")
    sim = simulate(venues=["gate"], pairs=["OMG/USDT"], capture=str(path))
    with spot(sim) as socket:
        socket.subscribe(UPDATES, "OMG_USDT", "100ms")
        sim.step(1000)
        events = results(socket.drain(), UPDATES)
        snapshot = rest(sim, "spot/order_book?currency_pair=OMG_USDT&limit=100&with_id=true")
    assert len(events) > 10
    follower = GateFollower()
    follower.join(events, snapshot)
    assert follower.applied > 5
    assert max(follower.bids) < min(follower.asks)
