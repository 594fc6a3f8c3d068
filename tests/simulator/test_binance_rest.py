"""The REST side of the simulated Binance."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
import websocket

from tests.simulator.test_binance import Start, rest
from tests.simulator.venue_clients import Socket, get


def test_unknown_addresses_are_not_found(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
        Socket(f"{sim.endpoints['binance'].ws}/nowhere")
    assert get(f"{sim.endpoints['binance'].rest}/api/v3/nowhere").status_code == 404
    assert get(f"{sim.endpoints['binance'].rest}/api/v1/ping").status_code == 404


def test_exchange_info_describes_what_is_traded(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    entries = {entry["symbol"]: entry for entry in rest(sim, "exchangeInfo")["symbols"]}
    assert set(entries) == {"BTCUSDT", "ETHBTC"}
    entry = entries["BTCUSDT"]
    filters = {item["filterType"]: item for item in entry["filters"]}
    assert (entry["baseAsset"], entry["quoteAsset"], entry["status"]) == ("BTC", "USDT", "TRADING")
    tick, step = Decimal(filters["PRICE_FILTER"]["tickSize"]), Decimal(filters["LOT_SIZE"]["stepSize"])
    assert Decimal(filters["NOTIONAL"]["minNotional"]) > 0
    truth = sim.truth("binance", "BTC/USDT")
    assert all(Decimal(price) % tick == 0 and Decimal(size) % step == 0 for price, size in truth.bids + truth.asks)
    assert len(rest(sim, "exchangeInfo?symbol=ETHBTC")["symbols"]) == 1
    assert len(rest(sim, 'exchangeInfo?symbols=["ETHBTC","BTCUSDT"]')["symbols"]) == 2


def test_dollar_pairs_trade_in_the_us_only(simulate: Start) -> None:
    sim = simulate(pairs=["BTC/USD"], venues=["binance", "binance_us"])
    assert rest(sim, "exchangeInfo")["symbols"] == []
    assert rest(sim, "exchangeInfo", "binance_us")["symbols"][0]["symbol"] == "BTCUSD"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("depth?symbol=NOSUCH", -1121),
        ("depth", -1102),
        ("depth?symbol=btc$", -1100),
        ("depth?symbol=BTCUSDT&limit=many", -1100),
        ("exchangeInfo?symbol=NOSUCH", -1121),
        ("klines?symbol=BTCUSDT&interval=7m", -1120),
        ("klines?symbol=BTCUSDT", -1102),
    ],
)
def test_rest_errors_have_the_venue_s_bodies(simulate: Start, path: str, code: int) -> None:
    answer = get(f"{simulate(venues=['binance']).endpoints['binance'].rest}/api/v3/{path}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_klines_of_a_second_agree_with_the_trades(simulate: Start) -> None:
    sim = simulate(venues=["binance", "binance_us"])
    sim.step(300)
    trades = rest(sim, "trades?symbol=BTCUSDT&limit=1000")
    rows = rest(sim, "klines?symbol=BTCUSDT&interval=1s&limit=1000")
    assert all(later[0] == earlier[0] + 1000 == earlier[6] + 1 for earlier, later in itertools.pairwise(rows))
    assert sum(row[8] for row in rows) == len(trades)
    for row in rows:
        inside = [trade for trade in trades if row[0] <= trade["time"] < row[0] + 1000]
        assert row[8] == len(inside)
        if inside:
            prices = [Decimal(trade["price"]) for trade in inside]
            assert [Decimal(each) for each in row[1:5]] == [prices[0], max(prices), min(prices), prices[-1]]
            assert Decimal(row[5]) == sum(Decimal(trade["qty"]) for trade in inside)
    refused = get(f"{sim.endpoints['binance_us'].rest}/api/v3/klines?symbol=BTCUSDT&interval=1s")
    assert (refused.status_code, refused.json()["code"]) == (400, -1120)


def test_small_endpoints(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    sim.step(30)
    truth = sim.truth("binance", "BTC/USDT", 1)
    assert rest(sim, "ping") == {}
    assert rest(sim, "time")["serverTime"] * 1000 == truth.time_us
    ticker = rest(sim, "ticker/bookTicker?symbol=BTCUSDT")
    assert (ticker["bidPrice"], ticker["bidQty"]) == truth.bids[0]
    assert {entry["symbol"] for entry in rest(sim, "ticker/bookTicker")} == {"BTCUSDT", "ETHBTC"}
    last = rest(sim, "trades?symbol=BTCUSDT&limit=1")[0]["price"]
    assert rest(sim, "ticker/price?symbol=BTCUSDT")["price"] == last
    assert rest(sim, "ticker/24hr?symbol=BTCUSDT")["lastPrice"] == last
    assert abs(Decimal(rest(sim, "avgPrice?symbol=BTCUSDT")["price"]) / Decimal(last) - 1) < Decimal("0.05")
    rows = rest(sim, "klines?symbol=BTCUSDT&interval=5m&limit=200")
    assert len(rows) == 200
    assert all(later[0] == earlier[6] + 1 for earlier, later in itertools.pairwise(rows))


@pytest.mark.parametrize(("venue", "costs"), [("binance", [5, 25, 50, 250]), ("binance_us", [1, 5, 10, 50])])
def test_depth_weights(simulate: Start, venue: str, costs: list[int]) -> None:
    sim = simulate(venues=[venue])
    used = [0]
    for limit in (100, 500, 1000, 5000):
        answer = get(f"{sim.endpoints[venue].rest}/api/v3/depth?symbol=BTCUSDT&limit={limit}")
        used.append(int(answer.headers["X-MBX-USED-WEIGHT-1M"]))
        assert len(answer.json()["bids"]) == min(limit, len(sim.truth(venue, "BTC/USDT").bids))
    assert [later - earlier for earlier, later in itertools.pairwise(used)] == costs


def test_a_spent_budget_is_429_then_418(simulate: Start) -> None:
    sim = simulate(venues=["binance_us"])
    url = f"{sim.endpoints['binance_us'].rest}/api/v3/depth?symbol=BTCUSDT&limit=5000"
    answers = [get(url) for _ in range(36)]  # 24 x 50 = 1200
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200] * 24 + [429] * 10 + [418] * 2
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers[24:])
    assert {answer.json()["code"] for answer in answers[24:]} == {-1003}
