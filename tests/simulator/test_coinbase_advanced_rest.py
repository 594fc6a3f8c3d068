"""Coinbase Advanced Trade's REST API."""

from decimal import Decimal

import pytest

from simulator import ConnectionRules, Simulator
from tests.simulator.coinbase_advanced_client import PAIRS, VENUE, Start, rest
from tests.simulator.venue_clients import get


@pytest.fixture
def sim(simulate: Start) -> Simulator:
    return simulate(venues=[VENUE], pairs=PAIRS, rules={VENUE: ConnectionRules(quiet_seconds=75.0)})


def test_rest_books_and_candles(sim: Simulator) -> None:
    sim.step(30)
    truth = sim.truth(VENUE, "BTC/USD")
    book = rest(sim, "market/product_book?product_id=BTC-USD&limit=20")["pricebook"]
    assert [(Decimal(row["price"]), Decimal(row["size"])) for row in book["bids"]] == [
        (Decimal(p), Decimal(s)) for p, s in truth.bids[:20]
    ]
    entry = rest(sim, "market/products/BTC-USD")
    assert all(Decimal(p) % Decimal(entry["price_increment"]) == 0 for p, _ in truth.bids)
    rows = rest(sim, "market/products/BTC-USD/candles?granularity=ONE_MINUTE&limit=400")["candles"]
    assert len(rows) == 350
    starts = [int(row["start"]) for row in rows]
    assert starts == sorted(starts, reverse=True)
    window = f"granularity=ONE_MINUTE&start={starts[4]}&end={starts[0]}"
    assert rest(sim, f"market/products/BTC-USD/candles?{window}")["candles"] == rows[:5]
    base = f"{sim.endpoints[VENUE].rest}/api/v3/brokerage/"
    for path, status in (("market/products/NO-PE", 404), ("nothing", 404),
                         ("market/products/BTC-USD/candles?granularity=SEVEN", 400)):  # fmt: skip
        answer = get(base + path)
        assert (answer.status_code, set(answer.json())) == (status, {"error", "error_details", "message"})


def test_ten_requests_a_second(sim: Simulator) -> None:
    url = f"{sim.endpoints[VENUE].rest}/api/v3/brokerage/time"
    assert [get(url).status_code for _ in range(12)] == [200] * 10 + [429] * 2
    sim.step(10)
    assert get(url).status_code == 200
