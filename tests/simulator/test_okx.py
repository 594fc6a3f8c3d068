"""OKX on the wire: linked sequence numbers, the window of 400, text pings, contracts, REST."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import websocket

from simulator import ConfigError, ConnectionRules, Fault, Simulator, SimulatorConfig
from tests.simulator.naive_books import parse
from tests.simulator.okx_client import PAIR, SYMBOL, Client, OkxBook, book_of, rest

Start = Callable[..., Simulator]


def test_a_naive_client_reaches_the_truth_and_never_exceeds_the_window(simulate: Start) -> None:
    sim = simulate(venues=["okx"])
    with Client(sim) as client:
        book = book_of(client)
        for _ in range(10):
            client.follow(book, 10)
            truth = sim.truth("okx", PAIR)
            assert book.same_as(truth, 400)
            assert book.last == truth.sequence
            assert max(len(book.bids), len(book.asks)) <= 400
        assert (book.gaps, book.summed) == (0, 0)
        with Client(sim) as other:
            late = book_of(other)
            assert late.last == book.last
            other.follow(late, 5)
            client.follow(book, 0)
            assert late.top() == book.top()
            assert late.gaps == book.gaps == 0


def test_checksums_on_request(simulate: Start) -> None:
    sim = simulate(venues=["okx"], options={"okx": {"checksum": ""}})
    with Client(sim) as client:
        book = book_of(client)
        client.follow(book, 60)
        assert (book.summed, book.mismatches) == (book.updates + 1, 0)
        sim.inject(Fault("okx", "checksum"))
        client.follow(book, 5)
        assert book.mismatches == 1
        assert book.same_as(sim.truth("okx", PAIR), 400)
        sim.inject(Fault("okx", "ghost"))
        client.follow(book, 1)
        assert book.mismatches == 2


def test_start_from_rest(simulate: Start) -> None:
    sim = simulate(venues=["okx"], options={"okx": {"rest_start": ""}})
    with Client(sim) as client:
        assert client.subscribe("books")["event"] == "subscribe"
        sim.step(3)
        events = [client.read() for _ in range(3)]
        assert {event["action"] for event in events} == {"update"}
        answer = rest(sim, f"market/books?instId={SYMBOL}&sz=400")[0]
        book = OkxBook()
        book.apply(answer["bids"], answer["asks"])
        sim.step(1)
        first = client.read()["data"][0]
        assert first["prevSeqId"] <= answer["seqId"] < first["seqId"]
        book.apply(first["bids"], first["asks"])
        assert book.same_as(sim.truth("okx", PAIR), 400)


def test_gaps_and_losses(simulate: Start) -> None:
    sim = simulate(venues=["okx"])
    with Client(sim) as client:
        book = book_of(client)
        sim.inject(Fault("okx", "drop", stream="books", count=2))
        client.follow(book, 10)
        assert book.gaps == 1
        client.socket.raw.send(json.dumps({"op": "unsubscribe", "args": [{"channel": "books", "instId": SYMBOL}]}))
        assert client.read()["event"] == "unsubscribe"
        book = book_of(client)
        sim.inject(Fault("okx", "vanish", distance=5.0))
        client.follow(book, 2)  # before the market itself changes that level again
        assert book.gaps == 0
        assert not book.same_as(sim.truth("okx", PAIR), 400)


def test_a_minute_without_change_is_told(simulate: Start) -> None:
    sim = simulate(venues=["okx"])
    with Client(sim) as client:
        book = book_of(client)
        client.follow(book, 1)
        sim.inject(Fault("okx", "calm", duration=150.0))
        for _ in range(6):
            client.follow(book, 205)
        assert (book.unchanged, book.gaps) == (2, 0)


def test_pings_and_the_idle_cut(simulate: Start) -> None:
    sim = simulate(venues=["okx"])
    with Client(sim) as client:
        for _ in range(3):
            sim.step(250)
            client.socket.raw.send("ping")
            assert client.socket.raw.recv() == "pong"
        sim.step(310)
        opcode, data = client.socket.raw.recv_data(control_frame=True)
        assert (opcode, int.from_bytes(data[:2], "big")) == (websocket.ABNF.OPCODE_CLOSE, 4004)


def test_control_messages_and_errors(simulate: Start) -> None:
    sim = simulate(venues=["okx"])
    with Client(sim) as client:
        assert client.subscribe("trades", "books5", id="9") == {
            "id": "9", "event": "subscribe", "arg": {"channel": "trades", "instId": SYMBOL}, "connId": "a4d3ae55",
        }  # fmt: skip
        assert client.read()["arg"]["channel"] == "books5"
        assert len(client.read()["data"][0]["bids"]) == 5
        for channel, code in (("trades-all", "60018"), ("open-interest", "60018"), ("books-l2-tbt", "64003")):
            assert client.subscribe(channel)["code"] == code
        assert client.subscribe("books", symbol="NO-SUCH")["code"] == "60018"
        client.socket.raw.send("{")
        assert client.read()["code"] == "60012"
        sim.inject(Fault("okx", "notice"))
        assert client.read()["code"] == "64008"
    with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
        Client(sim, path="else")


def test_limits(simulate: Start) -> None:
    sim = simulate(venues=["okx"], rules={"okx": ConnectionRules(connects=2, connects_seconds=3600.0)})
    with Client(sim) as client, Client(sim), pytest.raises(websocket.WebSocketBadStatusException, match="429"):
        for _ in range(480):
            assert client.subscribe("trades")["event"] == "subscribe"
        assert client.subscribe("trades")["code"] == "60014"
        Client(sim)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ConfigError, match="no option 'magic'"):
        Simulator(SimulatorConfig(venues=["okx"], options={"okx": {"magic": ""}}))


def test_a_recorded_book(simulate: Start, capture: Callable[[str], Path]) -> None:
    path = capture("okx/v5_books_20220513")
    sim = simulate(venues=["okx"], capture=str(path), pairs=["BTC/USDT"])
    book = OkxBook()
    with Client(sim) as client:
        assert client.subscribe("books")["event"] == "subscribe"
        sim.step(500)
        client.socket.raw.send("ping")
        while (text := client.socket.raw.recv()) != "pong":
            message = parse(text)
            for data in message["data"]:  # recorded before there were sequence numbers
                data.setdefault("prevSeqId", -1)
                data.setdefault("seqId", 0)
            book.take(message)
    assert book.mismatches == 0
    assert book.summed > 50
