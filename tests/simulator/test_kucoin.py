"""KuCoin on the wire, seen by independent clients."""

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from simulator import ConnectionRules, Fault
from simulator.venues.kucoin import Kucoin
from tests.simulator.kucoin_client import LEVEL2, PAIR, VENUE, KucoinFollower, KucoinSocket, Start, rest, snapshot_of
from tests.simulator.venue_clients import Socket, get


def test_a_naive_client_reaches_the_truth(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with KucoinSocket(sim) as socket:
        assert socket.subscribe(LEVEL2) == {"id": "7", "type": "ack"}
        sim.step(5)
        follower = KucoinFollower()
        follower.join(socket.drain(LEVEL2), snapshot_of(sim))
        for _ in range(10):
            sim.step(5)
            for event in socket.drain(LEVEL2):
                follower.apply(event)
            truth = sim.truth(VENUE, PAIR)
            assert follower.last == truth.sequence
            assert follower.knows(truth)
    assert follower.silent > 20


def test_every_number_comes_once_and_in_order(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with KucoinSocket(sim) as socket:
        socket.subscribe(LEVEL2)
        sim.step(30)
        events = socket.drain(LEVEL2)
    rows = [sorted(int(row[2]) for side in event["changes"].values() for row in side) for event in events]
    numbers = [number for part in rows for number in part]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert all((part[0], part[-1]) == (event["sequenceStart"], event["sequenceEnd"])
               for part, event in zip(rows, events, strict=True))  # fmt: skip
    assert max(map(len, rows)) > 1


def test_a_snapshot_inside_a_message_skips_its_first_rows(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with KucoinSocket(sim) as socket:
        socket.subscribe(LEVEL2)
        sim.step(5)
        follower = KucoinFollower()
        follower.join(socket.drain(LEVEL2), snapshot_of(sim))
        bids, asks, last = dict(follower.bids), dict(follower.asks), follower.last
        sim.step()
        events = socket.drain(LEVEL2)
    for event in events:
        follower.apply(event)
    middle = KucoinFollower()
    middle.bids, middle.asks, middle.last = bids, asks, last
    first = next(event for event in events if event["sequenceEnd"] > event["sequenceStart"])
    for event in events[: events.index(first)]:
        middle.apply(event)
    middle.apply(first)
    middle.apply(first, joining=True)  # all of its rows are old now: nothing changes
    for event in events[events.index(first) + 1 :]:
        middle.apply(event)
    assert (middle.bids, middle.asks) == (follower.bids, follower.asks)


def test_whole_books_best_trades_and_candles(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    names = ("/spotMarket/level2Depth5", "/spotMarket/level2Depth50", "/spotMarket/level1", "/market/match")
    topics = {name: f"{name}:BTC-USDT" for name in names}
    with KucoinSocket(sim) as socket:
        for topic in [*topics.values(), "/market/candles:BTC-USDT_1min"]:
            socket.subscribe(topic)
        sim.step(60)
        messages = socket.drain()
    truth = sim.truth(VENUE, PAIR, 50)
    newest = {message["topic"]: message for message in messages}
    for count in (5, 50):
        data = newest[topics[f"/spotMarket/level2Depth{count}"]]["data"]
        assert [[Decimal(x) for x in row] for row in data["bids"]] == [
            [Decimal(p), Decimal(s)] for p, s in truth.bids[:count]
        ]
        assert len(data["asks"]) == count
    best = newest[topics["/spotMarket/level1"]]["data"]
    assert [Decimal(x) for x in best["asks"]] == [Decimal(x) for x in truth.asks[0]]
    trades = [message["data"] for message in messages if message["subject"] == "trade.l3match"]
    assert set(trades[0]) == {
        "symbol", "sequence", "side", "size", "price", "takerOrderId", "makerOrderId", "tradeId", "time", "type",
    }  # fmt: skip
    assert all(len(trade["time"]) == 19 for trade in trades)
    past = rest(sim, "/api/v1/market/histories?symbol=BTC-USDT")
    assert [(row["price"], row["size"], row["side"]) for row in past[:3]] == [
        (trade["price"], trade["size"], trade["side"]) for trade in trades[-3:][::-1]
    ]
    candle = newest["/market/candles:BTC-USDT_1min"]["data"]["candles"]
    assert len(candle) == 7
    assert candle == rest(sim, "/api/v1/market/candles?symbol=BTC-USDT&type=1min")[0]


def test_closed_candles_come_once(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with KucoinSocket(sim) as socket:
        socket.subscribe("/market/candles:BTC-USDT_1min")
        messages = []
        for _ in range(4):  # a client that says nothing for 28 seconds is cut
            sim.step(170)
            messages += socket.drain()
    added = [message for message in messages if message["subject"] == "trade.candles.add"]
    assert len(added) == 1
    rows = rest(sim, "/api/v1/market/candles?symbol=BTC-USDT&type=1min")
    before = messages[messages.index(added[0]) - 1]["data"]["candles"]
    assert before in rows
    assert [int(row[0]) for row in rows] == sorted((int(row[0]) for row in rows), reverse=True)
    for _, opened, close, high, low, base, quote in rows:
        assert Decimal(low) <= min(Decimal(opened), Decimal(close)) <= max(Decimal(opened), Decimal(close))
        assert Decimal(high) >= max(Decimal(opened), Decimal(close))
        assert Decimal(quote) > Decimal(base)


def test_without_a_good_token_there_is_no_welcome(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with Socket(f"{sim.endpoints[VENUE].ws}/?token=old&connectId=x") as socket:
        assert socket.read() == {"id": "x", "type": "error", "code": 401, "data": "token is invalid"}
        assert socket.raw.recv_frame().opcode == 8


def test_clients_that_do_not_ping_are_cut(simulate: Start) -> None:
    sim = simulate(venues=[VENUE], rules={VENUE: ConnectionRules(idle_seconds=0.05)})
    assert Kucoin.rules.idle_seconds == 28.0
    with KucoinSocket(sim) as socket:
        sim.step(3)
        assert socket.raw.recv_frame().opcode == 8


@pytest.mark.parametrize(("topic", "code"), [
    ("/market/nothing:BTC-USDT", 404), ("/market/level2:FOO-BAR", 404), ("/market/candles:BTC-USDT_7min", 404),
    ("/market/level2:" + ",".join(["BTC-USDT"] * 101), 509),
])  # fmt: skip
def test_bad_topics_are_answered(simulate: Start, topic: str, code: int) -> None:
    sim = simulate(venues=[VENUE])
    with KucoinSocket(sim) as socket:
        answer = socket.subscribe(topic)
    assert (answer["id"], answer["type"], answer["code"]) == ("7", "error", code)


def test_three_hundred_topics_a_connection(simulate: Start) -> None:
    bases = [f"A{number}" for number in range(61)]
    sim = simulate(venues=[VENUE], pairs=[f"{base}/USDT" for base in bases])
    symbols = ",".join(f"{base}-USDT" for base in bases)
    prefixes = ("/market/level2", "/market/match", "/spotMarket/level1", "/spotMarket/level2Depth5")
    with KucoinSocket(sim) as socket:
        for prefix in prefixes:
            assert socket.subscribe(f"{prefix}:{symbols}")["type"] == "ack"
        last = f"/spotMarket/level2Depth50:{symbols}"
        assert socket.subscribe(last)["data"].endswith("of 300 per session")
        assert socket.subscribe(last, "unsubscribe")["type"] == "ack"
        assert socket.subscribe(f"{prefixes[0]}:{symbols}", "unsubscribe")["type"] == "ack"
        assert socket.subscribe(last)["type"] == "ack"


def test_odd_messages(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with KucoinSocket(sim) as socket:
        assert socket.ask({"id": "3", "type": "ping"}) == {"id": "3", "type": "pong"}
        assert socket.ask([1])["code"] == 400
        assert socket.ask({"id": 9, "type": "jump"})["id"] == "9"
        socket.raw.send(json.dumps({"id": 1, "type": "subscribe", "topic": LEVEL2}))  # wants no answer
        assert socket.ask({"id": 4, "type": "ping"})["type"] == "pong"
    assert get(f"{sim.endpoints[VENUE].rest}/nothing").status_code == 404


@pytest.mark.parametrize("kind", ["drop", "lose", "duplicate", "reorder"])
def test_frame_faults(simulate: Start, kind: str) -> None:
    sim = simulate(venues=[VENUE])
    with KucoinSocket(sim) as socket:
        socket.subscribe(LEVEL2)
        sim.step(2)
        sim.inject(Fault(VENUE, kind, pair=PAIR))
        sim.step(3)
        events = socket.drain(LEVEL2)
    breaks = sum(b["sequenceStart"] != a["sequenceEnd"] + 1 for a, b in itertools.pairwise(events))
    assert breaks == {"drop": 1, "lose": 1, "duplicate": 1, "reorder": 3}[kind]


@pytest.mark.parametrize("kind", ["ghost", "vanish"])
def test_data_faults_keep_the_numbers(simulate: Start, kind: str) -> None:
    sim = simulate(venues=[VENUE])
    with KucoinSocket(sim) as socket:
        socket.subscribe(LEVEL2)
        sim.step()
        follower = KucoinFollower()
        follower.join(socket.drain(LEVEL2), snapshot_of(sim))
        sim.inject(Fault(VENUE, kind, pair=PAIR, distance=0.0))
        sim.step()
        for event in socket.drain(LEVEL2):
            follower.apply(event, joining=kind == "ghost")
        assert follower.last == sim.truth(VENUE, PAIR).sequence
        assert not follower.knows(sim.truth(VENUE, PAIR))


def test_a_capture_is_served(simulate: Start, capture: Callable[[str], Path]) -> None:
    path = capture("kucoin/five_20210425")
    sim = simulate(venues=[VENUE], pairs=["SNX/BTC"], capture=str(path))
    topic = "/market/level2:SNX-BTC"
    with KucoinSocket(sim) as socket:
        socket.subscribe(topic)
        sim.step(2000)
        events = socket.drain(topic)
        snapshot = rest(sim, "/api/v1/market/orderbook/level2_100?symbol=SNX-BTC")
    follower = KucoinFollower()
    follower.join(events, snapshot)
    assert follower.applied > 50
    assert max(follower.bids) < min(follower.asks)
