"""Coinbase Advanced Trade on the wire, seen by independent clients."""

import itertools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
import websocket

from simulator import ConfigError, ConnectionRules, Fault, Simulator
from tests.simulator.coinbase_advanced_client import PAIRS, VENUE, AdvancedBook, AdvancedSocket, Start, rest, trades_of
from tests.simulator.venue_clients import Gap


@pytest.fixture
def sim(simulate: Start) -> Simulator:
    return simulate(venues=[VENUE], pairs=PAIRS, rules={VENUE: ConnectionRules(quiet_seconds=75.0)})


def test_a_naive_client_reaches_the_truth_over_one_chain_of_numbers(sim: Simulator) -> None:
    sim.step(7)
    with AdvancedSocket(sim) as socket:
        socket.subscribe("level2", "BTC-USD", "ETH-USDT")
        socket.subscribe("market_trades", "BTC-USD")
        socket.subscribe("heartbeats")
        books = {"BTC-USD": AdvancedBook(), "ETH-USDT": AdvancedBook()}
        for _ in range(5):
            for message in socket.drain("l2_data"):
                books[message["events"][0]["product_id"]].take(message)
            assert books["BTC-USD"].same_as(sim.truth(VENUE, "BTC/USD"))
            assert books["ETH-USDT"].same_as(sim.truth(VENUE, "ETH/USDT"))
            sim.step(20)
        assert socket.next > 180


def test_every_connection_counts_for_itself(sim: Simulator) -> None:
    with AdvancedSocket(sim) as one, AdvancedSocket(sim) as two:
        one.subscribe("level2", "BTC-USD")
        one.drain()
        sim.step(10)
        two.subscribe("level2", "BTC-USD")
        two.subscribe("ticker", "BTC-USD")
        two.drain()
        sim.step(10)
        first, second = one.drain(), two.drain("l2_data")
        assert [message["events"] for message in first[10:]] == [message["events"] for message in second]
        assert first[-1]["sequence_num"] != second[-1]["sequence_num"]


def test_acknowledgements_list_all_and_are_numbered(sim: Simulator) -> None:
    with AdvancedSocket(sim) as socket:
        socket.subscribe("level2", "BTC-USD")
        socket.subscribe("heartbeats")
        messages = socket.drain()
        assert [message["channel"] for message in messages] == ["subscriptions", "l2_data", "subscriptions"]
        assert messages[-1]["events"] == [
            {"subscriptions": {"level2": ["BTC-USD"], "heartbeats": ["heartbeats"]}},
        ]  # fmt: skip
        socket.subscribe("level2", "BTC-USD", kind="unsubscribe")
        socket.subscribe("level2", "BTC-USD")
        assert [message["channel"] for message in socket.drain()] == ["subscriptions", "subscriptions", "l2_data"]


def test_trades_are_batched_numbered_and_tell_the_maker(sim: Simulator) -> None:
    sim.step(42)
    with AdvancedSocket(sim) as socket:
        socket.subscribe("market_trades", "BTC-USD")
        sim.step(98)  # to the end of a quarter of a second
        messages = socket.drain("market_trades")
    past, live = trades_of(messages, "snapshot"), trades_of(messages, "update")
    ids = [int(trade["trade_id"]) for trade in past + live]
    assert ids == list(range(ids[0], ids[0] + len(ids)))  # none twice, none missing
    assert len(messages) <= 1 + 40
    assert any(len(message["events"][0]["trades"]) > 1 for message in messages[1:])
    truth = {trade.id: trade for trade in sim.hosts[VENUE].exchange.markets["BTC-USD"].history.trades}
    assert all((trade["side"] == "BUY") == truth[int(trade["trade_id"])].buyer_is_maker for trade in live)
    told = rest(sim, "market/products/BTC-USD/ticker?limit=3")
    assert [trade["trade_id"] for trade in told["trades"]] == [trade["trade_id"] for trade in live[-3:][::-1]]
    assert told["trades"][0]["side"] == live[-1]["side"]


def test_the_taker_s_side_on_request(simulate: Start) -> None:
    sim = simulate(venues=[VENUE], pairs=PAIRS, options={VENUE: {"side": "taker"}})
    with AdvancedSocket(sim) as socket:
        socket.subscribe("market_trades", "BTC-USD")
        sim.step(40)
        live = trades_of(socket.drain("market_trades"), "update")
    truth = {trade.id: trade for trade in sim.hosts[VENUE].exchange.markets["BTC-USD"].history.trades}
    assert all((trade["side"] == "SELL") == truth[int(trade["trade_id"])].buyer_is_maker for trade in live)
    with pytest.raises(ConfigError, match="side"):
        simulate(venues=[VENUE], pairs=PAIRS, options={VENUE: {"side": "both"}})


def test_tickers_candles_heartbeats_and_status(sim: Simulator) -> None:
    with AdvancedSocket(sim) as socket:
        for channel in ("ticker", "ticker_batch", "candles"):
            socket.subscribe(channel, "BTC-USD")
        socket.subscribe("status")
        socket.subscribe("heartbeats")
        sim.step(100)
        messages = socket.drain()
    by_channel = {name: [m for m in messages if m["channel"] == name] for name in {m["channel"] for m in messages}}
    beats = [message["events"][0]["heartbeat_counter"] for message in by_channel["heartbeats"]]
    assert beats == list(range(beats[0], beats[0] + 10))
    truth = sim.truth(VENUE, "BTC/USD", 1)
    ticker = by_channel["ticker"][-1]["events"][0]["tickers"][0]
    assert (Decimal(ticker["best_bid"]), Decimal(ticker["best_bid_quantity"])) == tuple(map(Decimal, truth.bids[0]))
    assert len(by_channel["ticker_batch"]) == 1 + 2
    candles = [message["events"][0] for message in by_channel["candles"]]
    assert [event["type"] for event in candles[:2]] == ["snapshot", "update"]
    assert all(int(candle["start"]) % 300 == 0 for candle in candles[0]["candles"])
    assert candles[-1]["candles"][0]["start"] == candles[0]["candles"][-1]["start"]
    assert by_channel["status"][0]["events"][0]["products"][0]["product_id"] == "BTC-USD"


@pytest.mark.parametrize("kind", ["drop", "lose", "duplicate"])
def test_frame_faults_show_in_the_numbers(sim: Simulator, kind: str) -> None:
    with AdvancedSocket(sim) as socket:
        socket.strict = False
        socket.subscribe("level2", "BTC-USD")
        sim.step(3)
        sim.inject(Fault(VENUE, kind, pair="BTC/USD"))
        sim.step(5)
        numbers = [message["sequence_num"] for message in socket.drain()]
    assert any(b != a + 1 for a, b in itertools.pairwise(numbers))
    assert len(numbers) == 10 + (1 if kind == "duplicate" else -1)
    assert len(set(numbers)) == len(numbers) - (kind == "duplicate")


def test_a_loss_of_one_product_breaks_the_whole_connection(sim: Simulator) -> None:
    with AdvancedSocket(sim) as socket:
        socket.subscribe("level2", "BTC-USD", "ETH-USDT")
        sim.step(2)
        socket.drain()
        sim.inject(Fault(VENUE, "lose", pair="ETH/USDT"))
        sim.step(2)
        with pytest.raises(Gap):
            socket.drain()


def test_fifteen_books_a_connection(simulate: Start) -> None:
    bases = [f"A{number}" for number in range(16)]
    sim = simulate(venues=[VENUE], pairs=[f"{base}/USD" for base in bases])
    with AdvancedSocket(sim) as socket:
        socket.subscribe("level2", *[f"{base}-USD" for base in bases])
        assert "too many L2 streams" in socket.drain()[0]["message"]
        socket.subscribe("level2", *[f"{base}-USD" for base in bases[:15]])
        assert [message["channel"] for message in socket.drain()] == ["subscriptions"] + ["l2_data"] * 15


def test_usdc_is_another_name_for_dollars(sim: Simulator) -> None:
    with AdvancedSocket(sim) as socket:
        socket.subscribe("level2", "BTC-USDC")
        assert socket.drain("l2_data")[0]["events"][0]["product_id"] == "BTC-USD"
    entries = {entry["product_id"]: entry for entry in rest(sim, "market/products")["products"]}
    assert set(entries) == {"BTC-USD", "BTC-USDC", "ETH-USDT"}
    assert (entries["BTC-USDC"]["alias"], entries["BTC-USD"]["alias_to"]) == ("BTC-USD", ["BTC-USDC"])


@pytest.mark.parametrize(("message", "word"), [
    ({"type": "jump"}, "type"), ({"type": "subscribe"}, "channel"), ([], "type"),
    ({"type": "subscribe", "channel": "nothing", "product_ids": ["BTC-USD"]}, "channel"),
    ({"type": "subscribe", "channel": "level2"}, "product_ids"),
    ({"type": "subscribe", "channel": "level2", "product_ids": ["FOO-BAR"]}, "FOO-BAR"),
    ({"type": "subscribe", "channel": "user"}, "authentication"),
])  # fmt: skip
def test_bad_messages_are_answered(sim: Simulator, message: object, word: str) -> None:
    with AdvancedSocket(sim) as socket:
        answer = socket.ask(message)
    assert answer["type"] == "error"
    assert word in answer["message"]


def test_silent_connections_are_cut_and_heartbeats_keep_them(sim: Simulator) -> None:
    sim.inject(Fault(VENUE, "calm", duration=200.0))
    with AdvancedSocket(sim) as quiet, AdvancedSocket(sim) as beating, AdvancedSocket(sim) as mute:
        quiet.subscribe("market_trades", "BTC-USD")
        beating.subscribe("market_trades", "BTC-USD")
        beating.subscribe("heartbeats")
        quiet.drain()
        beating.drain()
        sim.step(60)
        assert mute.raw.recv_frame().opcode == websocket.ABNF.OPCODE_CLOSE  # five seconds to subscribe
        sim.step(740)
        while (frame := quiet.raw.recv_frame()).opcode == websocket.ABNF.OPCODE_TEXT:
            pass
        assert frame.opcode == websocket.ABNF.OPCODE_CLOSE
        assert len(beating.drain("heartbeats")) == 80


def test_the_ninth_message_within_a_second(simulate: Start) -> None:
    sim = simulate(venues=[VENUE], pairs=PAIRS)
    with AdvancedSocket(sim) as socket:
        for _ in range(9):
            socket.raw.send('{"type":"subscribe","channel":"heartbeats"}')
        answers = [socket.read() for _ in range(9)]
    assert sum(answer.get("message") == "rate limit exceeded" for answer in answers) == 1


def test_a_capture_is_served_and_numbered_anew(simulate: Start, capture: Callable[[str], Path]) -> None:
    path = capture("coinbase_advanced/btc_eth_20260809_first520")
    sim = simulate(venues=[VENUE], pairs=["BTC/USD"], capture=str(path))
    with AdvancedSocket(sim) as socket:
        socket.subscribe("level2", "BTC-USD")
        socket.subscribe("market_trades", "BTC-USD")
        sim.wait_for_listeners(VENUE, "market_trades:BTC-USD")
        sim.step(1000)
        book = AdvancedBook()
        messages = socket.drain()
        for message in messages:
            if message["channel"] == "l2_data":
                book.take(message)
    assert len(messages) > 100
    bids, asks = book.top(1)
    assert bids[0][0] < asks[0][0]
