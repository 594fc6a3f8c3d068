"""OKX: what REST answers agrees with the streams; contracts, errors, budgets."""

import itertools
import json
from collections.abc import Callable
from decimal import Decimal

from simulator import Simulator
from tests.simulator.okx_client import SYMBOL, Client, OkxBook, book_of, rest
from tests.simulator.venue_clients import get

Start = Callable[..., Simulator]


def test_trades_are_merged_on_public_and_single_on_business(simulate: Start) -> None:
    sim = simulate(venues=["okx"])
    with Client(sim) as public, Client(sim, path="business") as business:
        public.subscribe("trades")
        business.subscribe("trades-all")
        for client in (public, business):
            client.follow(OkxBook(), 80 if client is public else 0)
        takers, fills = public.rows("trades"), business.rows("trades-all")
    numbers = [int(fill["tradeId"]) for fill in fills]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert sum(int(taker["count"]) for taker in takers) == len(fills) > len(takers)
    assert int(takers[-1]["tradeId"]) == numbers[-1]
    assert {taker["side"] for taker in takers} == {"buy", "sell"}
    stored = rest(sim, f"market/trades?instId={SYMBOL}&limit=5")
    assert [int(row["tradeId"]) for row in stored] == numbers[:-6:-1]
    older = rest(sim, f"market/history-trades?instId={SYMBOL}&after={numbers[-1]}&limit=3")
    assert [int(row["tradeId"]) for row in older] == numbers[-2:-5:-1]


def test_candles_on_the_stream_close_once_and_agree_with_rest(simulate: Start) -> None:
    sim = simulate(venues=["okx"])
    with Client(sim, path="business") as client:
        client.subscribe("candle1m")
        for _ in range(4):
            client.follow(OkxBook(), 175)
        rows = client.rows("candle1m")
    closed = [row for row in rows if row[8] == "1"]
    assert len(closed) == 1
    stored = rest(sim, f"market/candles?instId={SYMBOL}&bar=1m&limit=5")
    assert closed[0] in stored
    assert [row[8] for row in stored] == ["0", "1", "1", "1", "1"]
    assert all(int(a[0]) - int(b[0]) == 60_000 for a, b in itertools.pairwise(stored))
    page = rest(sim, f"market/history-candles?instId={SYMBOL}&bar=1m&limit=3&after={stored[-1][0]}")
    assert [int(stored[-1][0]) - int(row[0]) for row in page] == [60_000, 120_000, 180_000]
    days = rest(sim, f"market/candles?instId={SYMBOL}&bar=1D&limit=1")
    assert int(days[0][0]) % 86_400_000 == 16 * 3_600_000


def test_swaps_count_contracts(simulate: Start) -> None:
    sim = simulate(venues=["okx_swap"], pairs=["BTC/USDT", "BTC/USD"])
    entries = {entry["instId"]: entry for entry in rest(sim, "public/instruments?instType=SWAP", "okx_swap")}
    linear, inverse = entries["BTC-USDT-SWAP"], entries["BTC-USD-SWAP"]
    assert (linear["ctVal"], linear["ctValCcy"], linear["ctType"]) == ("0.01", "BTC", "linear")
    assert (inverse["ctVal"], inverse["ctValCcy"], inverse["settleCcy"]) == ("100", "USD", "BTC")
    with Client(sim, "okx_swap") as client:
        for pair, symbol in (("BTC/USDT", "BTC-USDT-SWAP"), ("BTC/USD", "BTC-USD-SWAP")):
            book = book_of(client, symbol)
            client.follow(book, 20)
            truth = sim.truth("okx_swap", pair)
            assert book.same_as(truth, 400)
            assert truth.contract == f"{entries[symbol]['ctVal']} {entries[symbol]['ctValCcy']}"
            client.socket.raw.send(json.dumps({"op": "unsubscribe", "args": [{"channel": "books", "instId": symbol}]}))
            client.read()
        client.subscribe("open-interest", symbol="BTC-USDT-SWAP")
        client.follow(OkxBook(), 20)
        told = client.rows("open-interest")
    assert len(told) == 2
    asked = rest(sim, "public/open-interest?instType=SWAP&instId=BTC-USDT-SWAP", "okx_swap")[0]
    assert asked == told[-1]
    assert Decimal(asked["oiCcy"]) == Decimal(asked["oi"]) / 100
    candle = rest(sim, "market/candles?instId=BTC-USDT-SWAP&limit=2", "okx_swap")[1]
    assert Decimal(candle[6]) == Decimal(candle[5]) / 100


def test_rest_errors_and_budgets(simulate: Start) -> None:
    sim = simulate(venues=["okx"])
    base = sim.endpoints["okx"].rest + "/api/v5/"
    for path, code in (
        ("market/books?instId=NO", "51001"), ("market/books?instId=BTC-USDT&sz=401", "51000"),
        ("market/candles?instId=BTC-USDT&bar=7m", "51000"), ("market/trades?instId=BTC-USDT&limit=x", "51000"),
        ("public/instruments", "51000"), ("public/instruments?instType=SPOT&instId=NO", "51001"),
    ):  # fmt: skip
        assert get(base + path).json()["code"] == code
    assert get(base + "nothing").status_code == 404
    assert rest(sim, "public/instruments?instType=SWAP") == []
    statuses = [get(base + "public/time").status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert get(base + f"market/books?instId={SYMBOL}&sz=5").status_code == 200
    assert sim.hosts["okx"].counters["limited"] == 1
