"""Coinbase Exchange's REST API."""

import http.client
import itertools
import json
from decimal import Decimal

import pytest

from simulator import Fault, Simulator
from tests.simulator.coinbase_exchange_client import PAIRS, VENUE, Start, rest
from tests.simulator.venue_clients import get


@pytest.fixture
def sim(simulate: Start) -> Simulator:
    return simulate(venues=[VENUE], pairs=PAIRS)


def test_products_and_books(sim: Simulator) -> None:
    entries = {entry["id"]: entry for entry in rest(sim, "/products")}
    assert set(entries) == {"BTC-USD", "ETH-USDT"}
    assert rest(sim, "/products/BTC-USD") == entries["BTC-USD"]
    sim.step(10)
    truth = sim.truth(VENUE, "BTC/USD")
    tick, lot = (Decimal(entries["BTC-USD"][key]) for key in ("quote_increment", "base_increment"))
    assert all(Decimal(p) % tick == 0 and Decimal(s) % lot == 0 for p, s in truth.bids + truth.asks)
    whole = rest(sim, "/products/BTC-USD/book?level=2")
    assert whole["sequence"] == truth.sequence
    assert [tuple(row[:2]) for row in whole["bids"]] == truth.bids
    best = rest(sim, "/products/BTC-USD/book")
    assert [tuple(row[:2]) for row in best["asks"]] == truth.asks[:1]
    for path, status in (("/nothing", 404), ("/products/NO-PE", 404), ("/products/BTC-USD/nothing", 404),
                         ("/products/BTC-USD/book?level=3", 400)):  # fmt: skip
        answer = get(sim.endpoints[VENUE].rest + path)
        assert (answer.status_code, list(answer.json())) == (status, ["message"])


def test_trades_by_cursor(sim: Simulator) -> None:
    sim.step(100)
    url = f"{sim.endpoints[VENUE].rest}/products/BTC-USD/trades"
    page = get(f"{url}?limit=5")
    ids = [row["trade_id"] for row in page.json()]
    assert ids == sorted(ids, reverse=True)
    assert (page.headers["CB-BEFORE"], page.headers["CB-AFTER"]) == (str(ids[0]), str(ids[-1]))
    older = get(f"{url}?limit=2&after={page.headers['CB-AFTER']}").json()
    assert [row["trade_id"] for row in older] == [ids[-1] - 1, ids[-1] - 2]
    newer = get(f"{url}?before={ids[-1]}").json()
    assert [row["trade_id"] for row in newer] == ids[:-1]
    assert {row["side"] for row in get(url).json()} == {"buy", "sell"}


def test_candles_are_newest_first_in_an_order_of_their_own(sim: Simulator) -> None:
    sim.step(30)
    rows = rest(sim, "/products/BTC-USD/candles?granularity=60")
    assert len(rows) == 300
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
    for _, low, high, opened, close, volume in rows:
        assert low <= min(opened, close) <= max(opened, close) <= high
        assert volume > 0
    window = f"/products/BTC-USD/candles?granularity=60&start={rows[4][0]}&end={rows[0][0]}"
    assert rest(sim, window) == rows[:5]
    assert rest(sim, "/products/BTC-USD/ticker")["trade_id"] > 0
    base = f"{sim.endpoints[VENUE].rest}/products/BTC-USD/candles"
    assert get(f"{base}?granularity=7").status_code == 400
    assert get(f"{base}?granularity=60&start=1&end=2000000000").status_code == 400
    assert get(f"{base}?granularity=60&start=yesterday").status_code == 400


def test_minutes_without_trades_are_left_out(sim: Simulator) -> None:
    sim.inject(Fault(VENUE, "calm", duration=125.0))
    sim.step(1300)
    rows = rest(sim, "/products/BTC-USD/candles?granularity=60")
    assert any(later[0] - row[0] > 60 for later, row in itertools.pairwise(rows))


def test_fifteen_requests_at_once_then_ten_a_second(sim: Simulator) -> None:
    url = f"{sim.endpoints[VENUE].rest}/time"
    assert [get(url).status_code for _ in range(17)] == [200] * 15 + [429] * 2
    sim.step(10)
    assert [get(url).status_code for _ in range(12)] == [200] * 10 + [429] * 2
    assert get(url).json() == {"message": "Public rate limit exceeded"}


def test_a_user_agent_is_wanted(sim: Simulator) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sim.hosts[VENUE].port, timeout=10)
    connection.request("GET", "/products")
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())) == (400, {"message": "User-Agent header is required."})
    connection.close()
