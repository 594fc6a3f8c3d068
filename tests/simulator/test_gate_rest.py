"""Gate's REST API, spot and perpetuals."""

import itertools
from decimal import Decimal

from tests.simulator.gate_client import (
    PAIR,
    Start,
    rest,
)
from tests.simulator.venue_clients import get


def test_listings(simulate: Start) -> None:
    pairs = ["BTC/USDT", "BTC/USD", "ETH/BTC"]
    sim = simulate(venues=["gate", "gate_futures"], pairs=pairs)
    entries = {entry["id"]: entry for entry in rest(sim, "spot/currency_pairs")}
    assert set(entries) == {"BTC_USDT", "ETH_BTC"}
    entry, truth = entries["BTC_USDT"], sim.truth("gate", PAIR)
    assert rest(sim, "spot/currency_pairs/BTC_USDT") == entry
    tick, lot = Decimal(1).scaleb(-entry["precision"]), Decimal(1).scaleb(-entry["amount_precision"])
    assert all(Decimal(p) % tick == 0 and Decimal(s) % lot == 0 for p, s in truth.bids + truth.asks)
    contracts = {entry["name"]: entry for entry in rest(sim, "futures/usdt/contracts", "gate_futures")}
    assert set(contracts) == {"BTC_USDT"}
    contract, truth = contracts["BTC_USDT"], sim.truth("gate_futures", PAIR)
    assert (contract["quanto_multiplier"], contract["order_price_round"]) == ("0.0001", "0.1")
    assert all(Decimal(s) % 1 == 0 for _, s in truth.bids)
    dollars = [Decimal(p) * Decimal(s) * Decimal(contract["quanto_multiplier"]) for p, s in truth.bids]
    assert 500 < sorted(dollars)[len(dollars) // 2] < 20_000
    assert contract["position_size"] > 0


def test_candles_have_the_venue_s_column_order(simulate: Start) -> None:
    sim = simulate(venues=["gate", "gate_futures"])
    sim.step(30)
    rows = rest(sim, "spot/candlesticks?currency_pair=BTC_USDT&interval=1m&limit=1000")
    assert len(rows) == 1000
    assert [row[7] for row in rows[-2:]] == ["true", "false"]
    for time, quote, close, high, low, opened, base, _ in rows:
        assert int(time) % 60 == 0
        assert Decimal(low) <= min(Decimal(opened), Decimal(close)) <= Decimal(high)
        assert not Decimal(base) or Decimal(low) * Decimal("0.9") < Decimal(quote) / Decimal(base) < Decimal(high) * 2
    start, end = int(rows[10][0]), int(rows[14][0])
    window = f"spot/candlesticks?currency_pair=BTC_USDT&interval=1m&from={start}&to={end}"
    assert rest(sim, window) == rows[10:15]
    assert get(f"{sim.endpoints['gate'].rest}/api/v4/{window}&limit=5").json()["label"] == "INVALID_PARAM_VALUE"
    candles = rest(sim, "futures/usdt/candlesticks?contract=BTC_USDT&interval=5m&limit=10", "gate_futures")
    assert len(candles) == 10
    last = candles[-1]
    worth = Decimal(last["sum"]) / (Decimal(last["v"]) * Decimal("0.0001")) if last["v"] else Decimal(last["c"])
    assert Decimal(last["l"]) * Decimal("0.9") < worth < Decimal(last["h"]) * Decimal("1.1")


def test_contract_statistics(simulate: Start) -> None:
    sim = simulate(venues=["gate_futures"])
    rows = rest(sim, "futures/usdt/contract_stats?contract=BTC_USDT&interval=5m&limit=12", "gate_futures")
    assert [later["time"] - row["time"] for row, later in itertools.pairwise(rows)] == [300] * 11
    worth = rows[-1]["open_interest_usd"] / rows[-1]["open_interest"] / 0.0001
    assert abs(worth / rows[-1]["mark_price"] - 1) < 1e-6


def test_trades_by_cursor_and_errors(simulate: Start) -> None:
    sim = simulate(venues=["gate"])
    sim.step(100)
    base = "spot/trades?currency_pair=BTC_USDT"
    known = [int(row["id"]) for row in rest(sim, f"{base}&limit=1000")]
    assert known == sorted(known, reverse=True)
    middle = known[len(known) // 2]
    newer = [int(row["id"]) for row in rest(sim, f"{base}&last_id={middle}&limit=2")]
    older = [int(row["id"]) for row in rest(sim, f"{base}&last_id={middle}&limit=2&reverse=true")]
    assert (newer, older) == ([middle + 2, middle + 1], [middle - 1, middle - 2])
    for path, label in (("spot/order_book?currency_pair=NO_PE", "INVALID_CURRENCY_PAIR"),
                        ("spot/order_book", "MISSING_REQUIRED_PARAM"),
                        ("spot/order_book?currency_pair=BTC_USDT&limit=x", "INVALID_PARAM_VALUE")):  # fmt: skip
        answer = get(f"{sim.endpoints['gate'].rest}/api/v4/{path}")
        assert (answer.status_code, answer.json()["label"]) == (400, label)
    assert get(f"{sim.endpoints['gate'].rest}/api/v4/spot/nothing").status_code == 404
    assert "id" not in rest(sim, "spot/order_book?currency_pair=BTC_USDT")


def test_two_hundred_requests_in_ten_seconds(simulate: Start) -> None:
    sim = simulate(venues=["gate"])
    url = f"{sim.endpoints['gate'].rest}/api/v4/spot/order_book?currency_pair=BTC_USDT"
    answers = [get(url) for _ in range(202)]
    assert [answer.status_code for answer in answers] == [200] * 200 + [429] * 2
    assert answers[-1].json()["label"] == "TOO_MANY_REQUESTS"
    assert rest(sim, "spot/trades?currency_pair=BTC_USDT&limit=1") is not None  # another endpoint
