"""Coinbase Exchange on the wire, seen by independent clients."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import websocket

from simulator import Fault, Simulator
from tests.simulator.coinbase_exchange_client import PAIRS, VENUE, CoinbaseBook, CoinbaseSocket, Start, rest


@pytest.fixture
def sim(simulate: Start) -> Simulator:
    return simulate(venues=[VENUE], pairs=PAIRS)


def test_a_naive_client_reaches_the_truth(sim: Simulator) -> None:
    sim.step(7)
    with CoinbaseSocket(sim) as socket:
        answer = socket.subscribe("level2_batch", products=["BTC-USD", "ETH-USDT"])
        assert answer == {"type": "subscriptions", "channels": [
            {"name": "level2_batch", "product_ids": ["BTC-USD", "ETH-USDT"], "account_ids": None},
        ]}  # fmt: skip
        books = {"BTC-USD": CoinbaseBook(), "ETH-USDT": CoinbaseBook()}
        twice = 0
        for _ in range(5):
            for message in socket.drain():
                books[message["product_id"]].take(message)
                rows = [tuple(row[:2]) for row in message.get("changes", [])]
                twice += len(rows) > len(set(rows))
            assert books["BTC-USD"].same_as(sim.truth(VENUE, "BTC/USD"))
            assert books["ETH-USDT"].same_as(sim.truth(VENUE, "ETH/USDT"))
            sim.step(20)
    assert twice > 10  # a price may come twice in a batch: the last one counts


def test_a_snapshot_between_two_batches_joins(simulate: Start) -> None:
    sim = simulate(venues=[VENUE], pairs=PAIRS, rate=100.0)  # five steps a batch
    sim.step(3)
    with CoinbaseSocket(sim) as socket:
        socket.subscribe("level2_batch")
        sim.step(22)
        messages = socket.drain()
        book = CoinbaseBook()
        for message in messages:
            book.take(message)
        assert len(messages) == 1 + 5
        assert book.same_as(sim.truth(VENUE, "BTC/USD"))


def test_a_new_snapshot_needs_an_unsubscribe(sim: Simulator) -> None:
    with CoinbaseSocket(sim) as socket:
        socket.subscribe("level2_batch")
        assert socket.read()["type"] == "snapshot"
        socket.subscribe("level2_batch")
        assert socket.drain() == []
        assert socket.subscribe("level2_batch", kind="unsubscribe")["channels"] == []
        socket.subscribe("level2_batch")
        assert socket.read()["type"] == "snapshot"


def test_matches_carry_the_maker_side_and_unbroken_ids(sim: Simulator) -> None:
    sim.step(30)
    with CoinbaseSocket(sim) as socket:
        socket.subscribe("matches", "ticker")
        first = socket.read()
        assert first["type"] == "last_match"
        assert socket.read()["type"] == "ticker"
        sim.step(60)
        messages = socket.drain()
    matches = [message for message in messages if message["type"] == "match"]
    tickers = {message["trade_id"]: message for message in messages if message["type"] == "ticker"}
    ids = [first["trade_id"]] + [match["trade_id"] for match in matches]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert set(first) == {
        "type", "trade_id", "maker_order_id", "taker_order_id", "side", "size", "price", "product_id", "sequence",
        "time",
    }  # fmt: skip
    assert all(tickers[match["trade_id"]]["side"] != match["side"] for match in matches)
    assert all(b["sequence"] > a["sequence"] for a, b in itertools.pairwise(matches))
    truth = {trade.id: trade for trade in sim.hosts[VENUE].exchange.markets["BTC-USD"].history.trades}
    for match in matches:  # a maker who buys was hit by a seller
        assert (match["side"] == "buy") == truth[match["trade_id"]].buyer_is_maker


def test_heartbeats_tell_the_last_trade(sim: Simulator) -> None:
    with CoinbaseSocket(sim) as socket:
        socket.subscribe("heartbeat", "matches")
        sim.step(50)
        messages = socket.drain()
    beats = [message for message in messages if message["type"] == "heartbeat"]
    assert len(beats) == 5
    matches = [message["trade_id"] for message in messages if message["type"] == "match"]
    assert beats[-1]["last_trade_id"] == matches[-1]
    assert beats[0]["time"].endswith("Z")


def test_channels_may_be_objects_and_status_lists_products(sim: Simulator) -> None:
    with CoinbaseSocket(sim) as socket:
        answer = socket.subscribe({"name": "matches", "product_ids": ["ETH-USDT"]}, "heartbeat", "status")
        names = {channel["name"]: channel["product_ids"] for channel in answer["channels"]}
        assert names == {"matches": ["ETH-USDT"], "heartbeat": ["BTC-USD"], "status": []}
        status = socket.read()
        assert [product["id"] for product in status["products"]] == ["BTC-USD", "ETH-USDT"]


@pytest.mark.parametrize("channel", ["level2", "full", "level3"])
def test_locked_channels_are_refused(sim: Simulator, channel: str) -> None:
    with CoinbaseSocket(sim) as socket:
        assert socket.subscribe(channel) == {
            "type": "error", "message": "Failed to subscribe", "reason": f"{channel} requires authentication",
        }  # fmt: skip


@pytest.mark.parametrize(("message", "word"), [
    ({"type": "jump"}, "Type"), ([], "Type"), ({"type": "subscribe"}, "channels"),
    ({"type": "subscribe", "channels": ["nothing"], "product_ids": ["BTC-USD"]}, "channel"),
    ({"type": "subscribe", "channels": ["matches"], "product_ids": ["FOO-BAR"]}, "FOO-BAR"),
    ({"type": "subscribe", "channels": ["matches"]}, "product_ids"),
])  # fmt: skip
def test_bad_messages_are_answered(sim: Simulator, message: object, word: str) -> None:
    with CoinbaseSocket(sim) as socket:
        answer = socket.ask(message)
    assert answer["type"] == "error"
    assert word in answer["message"] + answer.get("reason", "")


def test_five_seconds_to_subscribe(sim: Simulator) -> None:
    with CoinbaseSocket(sim) as early, CoinbaseSocket(sim) as late:
        early.subscribe("heartbeat")
        sim.step(60)
        assert late.raw.recv_frame().opcode == websocket.ABNF.OPCODE_CLOSE
        assert len(early.drain()) == 6


def test_many_connects_at_once_are_refused(sim: Simulator) -> None:
    sockets = [CoinbaseSocket(sim) for _ in range(20)]
    with pytest.raises(websocket.WebSocketBadStatusException, match="429"):
        CoinbaseSocket(sim)
    for socket in sockets:
        socket.close()


@pytest.mark.parametrize("kind", ["drop", "duplicate", "reorder", "vanish", "ghost"])
def test_faults_cannot_be_seen_in_numbers(sim: Simulator, kind: str) -> None:
    with CoinbaseSocket(sim) as socket:
        socket.subscribe("level2_batch")
        book = CoinbaseBook()
        sim.inject(Fault(VENUE, kind, pair="BTC/USD", distance=0.0))
        sim.step(2)
        messages = socket.drain()
        for message in messages:
            book.take(message)
        assert len(messages) == {"drop": 2, "duplicate": 4}.get(kind, 3)
        if kind in ("drop", "vanish", "ghost"):
            assert not book.same_as(sim.truth(VENUE, "BTC/USD"))
        if kind == "duplicate":
            assert book.same_as(sim.truth(VENUE, "BTC/USD"))


def test_trade_gaps_show_in_the_ids(sim: Simulator) -> None:
    with CoinbaseSocket(sim) as socket:
        socket.subscribe("matches")
        sim.inject(Fault(VENUE, "trade_gap", pair="BTC/USD"))
        sim.step(40)
        ids = [message["trade_id"] for message in socket.drain("match")]
    holes = sum(b != a + 1 for a, b in itertools.pairwise(ids))
    assert holes + (ids[0] != sim.hosts[VENUE].exchange.markets["BTC-USD"].history.trades[0].id) == 1


def test_a_capture_is_served(simulate: Start, capture: Callable[[str], Path]) -> None:
    path = capture("coinbase_exchange/five_products_20210417")
    sim = simulate(venues=[VENUE], pairs=["SKL/USD"], capture=str(path))
    with CoinbaseSocket(sim) as socket:
        socket.subscribe("level2_batch", "matches", products=["SKL-USD"])
        sim.step(1500)
        messages = socket.drain()
    book = CoinbaseBook()
    assert messages[0]["type"] in ("snapshot", "last_match")
    for message in messages:
        if message["type"] in ("snapshot", "l2update"):
            book.take(message)
    assert len(messages) > 50
    bids, asks = book.top(1)
    assert bids[0][0] < asks[0][0]
    assert {entry["id"] for entry in rest(sim, "/products")} > {"SKL-USD"}
