"""Bitfinex on the wire: channels, numbers over a connection, checksums in JavaScript's spelling, REST."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
import websocket

from simulator import ConnectionRules, Fault, Simulator
from tests.simulator.bitfinex_client import CHECKSUM, PAIR, SEQUENCE, SYMBOL, TIMESTAMP, BitfinexBook, Client

Start = Callable[..., Simulator]


@pytest.mark.parametrize("length", ["1", "25", "100", "250"])
def test_a_naive_client_reaches_the_truth(simulate: Start, length: str) -> None:
    sim = simulate(venues=["bitfinex"])
    with Client(sim, TIMESTAMP | SEQUENCE | CHECKSUM) as client:
        assert client.info["platform"] == {"status": 1}
        book = client.book(length)
        for _ in range(6):
            client.follow(10)
            assert book.same_as(sim.truth("bitfinex", PAIR), int(length))
        assert book.sums > 20 or length == "1"
        assert (book.mismatches, book.unknown, book.crossed, client.holes) == (0, 0, 0, 0)


def test_numbers_run_over_all_channels_and_each_connection_has_its_own(simulate: Start) -> None:
    sim = simulate(venues=["bitfinex"])
    with Client(sim, SEQUENCE) as one, Client(sim) as plain:
        one.book("25")
        one.ask(event="subscribe", channel="trades", symbol=SYMBOL)
        one.take(one.socket.raw.recv())
        one.book("25", precision="R0")
        plain.book("25")
        one.follow(20)
        plain.follow(0)
        assert one.holes == 0
        assert one.last > 100
        with Client(sim, SEQUENCE) as late:
            late.book("100")
            late.follow(5)
            assert late.holes == 0
            assert late.last < one.last


@pytest.mark.parametrize("kind", ["drop", "lose"])
def test_a_lost_frame_is_a_hole(simulate: Start, kind: str) -> None:
    sim = simulate(venues=["bitfinex"])
    with Client(sim, SEQUENCE) as client:
        client.book()
        sim.inject(Fault("bitfinex", kind))
        client.follow(5)
        assert client.holes == 1


def test_a_frame_sent_twice_has_the_same_number(simulate: Start) -> None:
    sim = simulate(venues=["bitfinex"])
    with Client(sim, SEQUENCE) as client:
        client.book()
        sim.inject(Fault("bitfinex", "duplicate"))
        client.follow(2)
        assert client.holes == 1


def test_checksum_faults(simulate: Start) -> None:
    sim = simulate(venues=["bitfinex"])
    with Client(sim, CHECKSUM | SEQUENCE) as client:
        book = client.book()
        sim.inject(Fault("bitfinex", "checksum"))
        client.follow(10)
        assert (book.mismatches, client.holes) == (1, 0)
        assert book.same_as(sim.truth("bitfinex", PAIR), 100)
        sim.inject(Fault("bitfinex", "ghost", pair=PAIR))
        client.follow(1)
        assert (book.mismatches, client.holes) == (2, 0)


@pytest.mark.parametrize(("precision", "unit"), [("P1", 10), ("P2", 100), ("P3", 1000)])
def test_gathered_books(simulate: Start, precision: str, unit: int) -> None:
    sim = simulate(venues=["bitfinex"])
    with Client(sim, CHECKSUM) as client:
        book = client.book("25", precision=precision)
        client.follow(30)
        truth = sim.truth("bitfinex", PAIR)
        bids: dict[Decimal, Decimal] = {}
        for price, size in truth.bids:
            step = Decimal(price) // unit * unit
            bids[step] = bids.get(step, Decimal(0)) + Decimal(size)
        assert book.top()[0] == sorted(bids.items(), reverse=True)[:25]
        assert book.mismatches == 0
        assert min(book.asks) >= Decimal(truth.asks[0][0])


def test_raw_books_name_orders(simulate: Start) -> None:
    sim = simulate(venues=["bitfinex"])
    with Client(sim) as client:
        answer = client.ask(event="subscribe", channel="book", symbol=SYMBOL, prec="R0", len=25)
        orders = {row[0]: row[1:] for row in client.read()[1]}
        for _ in range(3):
            client.follow(10)
            for channel, (row,) in client.other:
                assert channel == answer["chanId"]
                if row[1] == 0:
                    del orders[row[0]]
                else:
                    orders[row[0]] = row[1:]
            client.other.clear()
        bids = sorted((Decimal(p), Decimal(a)) for p, a in orders.values() if a > 0)[::-1]
        truth = sim.truth("bitfinex", PAIR, 25)
        assert bids == [(Decimal(p), Decimal(s)) for p, s in truth.bids]


def test_slow_books_come_every_two_seconds(simulate: Start) -> None:
    sim = simulate(venues=["bitfinex"])
    with Client(sim, CHECKSUM) as client:
        book = client.book("100", freq="F1")
        client.follow(60)
        assert (book.sums, book.mismatches) == (3, 0)
        assert book.same_as(sim.truth("bitfinex", PAIR), 100)


def test_heartbeats_of_each_channel(simulate: Start) -> None:
    sim = simulate(venues=["bitfinex"])
    with Client(sim, SEQUENCE) as client:
        client.book("25")
        client.follow(1)
        sim.inject(Fault("bitfinex", "calm", duration=100.0))
        client.follow(310)
        assert [payload for _, payload in client.other] == [["hb"], ["hb"]]
        assert client.holes == 0


def test_control_messages_and_errors(simulate: Start) -> None:
    sim = simulate(venues=["bitfinex"])
    with Client(sim) as client:
        for message, code in (
            ({"event": "dance"}, 10000),
            ({"event": "subscribe", "channel": "nothing"}, 10302),
            ({"event": "subscribe", "channel": "book", "symbol": "tNOSUCH"}, 10300),
            ({"event": "subscribe", "channel": "book", "symbol": SYMBOL, "len": "7"}, 10300),
            ({"event": "subscribe", "channel": "book", "symbol": SYMBOL, "prec": "P9"}, 10300),
            ({"event": "unsubscribe", "chanId": 1}, 10400),
        ):
            assert client.ask(**message)["code"] == code
        first = client.ask(event="subscribe", channel="book", symbol=SYMBOL)
        assert (first["prec"], first["freq"], first["len"]) == ("P0", "F0", "25")
        client.read()
        assert client.ask(event="subscribe", channel="book", symbol=SYMBOL)["code"] == 10301
        gone = client.ask(event="unsubscribe", chanId=first["chanId"])
        assert gone == {"event": "unsubscribed", "status": "OK", "chanId": first["chanId"]}
        sim.step(3)
        again = client.ask(event="subscribe", channel="book", symbol=SYMBOL)
        assert again["chanId"] != first["chanId"]
        assert len(client.read()[1]) == 50
        sim.inject(Fault("bitfinex", "notice"))
        assert client.read()["code"] == 20051
        sim.inject(Fault("bitfinex", "notice", code=20060))
        assert client.read()["code"] == 20060


def test_limits(simulate: Start) -> None:
    rules = {"bitfinex": ConnectionRules(connects=2, block_seconds=60.0, streams=3)}
    sim = simulate(venues=["bitfinex"], rules=rules)
    with Client(sim) as client, Client(sim):
        for length in ("1", "25", "100"):
            client.book(length)
        assert client.ask(event="subscribe", channel="book", symbol=SYMBOL, len="250")["code"] == 10305
        for _ in range(2):
            with pytest.raises(websocket.WebSocketBadStatusException, match="429"):
                Client(sim)
    assert sim.hosts["bitfinex"].counters["connects_refused"] == 2


@pytest.mark.parametrize(("name", "pair", "length"), [("cs_tXRPBTC", "XRP/BTC", "25")])
def test_a_recorded_book(simulate: Start, capture: Callable[[str], Path], name: str, pair: str, length: str) -> None:
    sim = simulate(venues=["bitfinex"], capture=str(capture(f"bitfinex/{name}")), pairs=[pair])
    with Client(sim, CHECKSUM | SEQUENCE) as client:
        answer = client.ask(event="subscribe", channel="book", symbol="tXRPBTC", len=length)
        book = client.books[answer["chanId"]] = BitfinexBook()
        client.follow(20)
    assert (book.sums, book.mismatches, client.holes) == (1, 0, 0)
