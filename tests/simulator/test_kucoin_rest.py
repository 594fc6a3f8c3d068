"""KuCoin's REST API."""

from decimal import Decimal

import requests

from tests.simulator.kucoin_client import PAIR, VENUE, Start, rest, snapshot_of
from tests.simulator.venue_clients import get


def test_the_address_is_the_one_the_client_used(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    port = sim.hosts[VENUE].port
    answer = requests.post(f"http://localhost:{port}/api/v1/bullet-public", timeout=10).json()["data"]
    server = answer["instanceServers"][0]
    assert server["endpoint"] == f"ws://localhost:{port}/"
    assert (server["pingInterval"], server["pingTimeout"]) == (18000, 10000)


def test_listing_and_books(simulate: Start) -> None:
    sim = simulate(venues=[VENUE], pairs=["BTC/USDT", "BTC/USD", "ETH/BTC"])
    entries = {entry["symbol"]: entry for entry in rest(sim, "/api/v2/symbols")}
    assert set(entries) == {"BTC-USDT", "ETH-BTC"}
    tick, lot = Decimal(entries["BTC-USDT"]["priceIncrement"]), Decimal(entries["BTC-USDT"]["baseIncrement"])
    truth = sim.truth(VENUE, PAIR)
    assert all(Decimal(p) % tick == 0 and Decimal(s) % lot == 0 for p, s in truth.bids + truth.asks)
    for count in (20, 100):
        book = snapshot_of(sim, count)
        assert len(book["bids"]) == len(book["asks"]) == count
        assert book["sequence"] == str(truth.sequence)
    locked = get(f"{sim.endpoints[VENUE].rest}/api/v3/market/orderbook/level2?symbol=BTC-USDT")
    assert (locked.status_code, locked.json()["code"]) == (401, "400001")
    unknown = get(f"{sim.endpoints[VENUE].rest}/api/v1/market/orderbook/level2_100?symbol=NO-PE")
    assert unknown.json()["code"] == "900001"
    assert get(f"{sim.endpoints[VENUE].rest}/api/v1/market/candles?symbol=BTC-USDT&type=7m").json()["code"] == "400100"


def test_weights(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    left = []
    for path in (
        "timestamp",
        "market/orderbook/level2_20?symbol=BTC-USDT",
        "market/orderbook/level2_100?symbol=BTC-USDT",
    ):
        answer = get(f"{sim.endpoints[VENUE].rest}/api/v1/{path}")
        left.append(int(answer.headers["gw-ratelimit-remaining"]))
    assert left == [3997, 3995, 3991]
    sim.hosts[VENUE].exchange.api.budgets[""].limit = 10
    answer = get(f"{sim.endpoints[VENUE].rest}/api/v1/timestamp")
    assert (answer.status_code, answer.json()["code"]) == (429, "429000")
    assert sim.hosts[VENUE].exchange.used() == {"all": 12}
