"""Bitfinex: REST, and trades that come twice on the stream."""

import itertools
import re
from collections.abc import Callable
from decimal import Decimal

from simulator import Simulator
from tests.simulator.bitfinex_client import PAIR, SYMBOL, Client, rest
from tests.simulator.venue_clients import get

Start = Callable[..., Simulator]


def test_trades_come_twice_and_the_past_once(simulate: Start) -> None:
    sim = simulate(venues=["bitfinex"])
    sim.step(60)
    with Client(sim) as client:
        answer = client.ask(event="subscribe", channel="trades", symbol=SYMBOL)
        assert (answer["event"], answer["pair"]) == ("subscribed", "BTCUST")
        past = client.read()[1]
        assert past == sorted(past, reverse=True)
        client.follow(60)
        told = [(kind, row) for _, (kind, row) in client.other]
    executed = [row for kind, row in told if kind == "te"]
    updated = [row for kind, row in told if kind == "tu"]
    assert executed[: len(updated)] == updated
    assert {row[2] > 0 for row in executed} == {True, False}
    stored = rest(sim, f"trades/{SYMBOL}/hist?limit=3")
    assert [row[0] for row in stored] == [row[0] for row in executed[:-4:-1]]


def test_rest(simulate: Start) -> None:
    sim = simulate(venues=["bitfinex"], pairs=["BTC/USDT", "BTC/USD", "DOGE/USD"])
    sim.step(40)
    pairs, names = rest(sim, "conf/pub:list:pair:exchange,pub:map:currency:sym")
    assert pairs == ["BTCUST", "BTCUSD", "DOGE:USD"]
    assert ["UST", "USDt"] in names
    truth = sim.truth("bitfinex", PAIR, 25)
    rows = rest(sim, f"book/{SYMBOL}/P0?len=25")
    assert [(Decimal(str(row[0])), Decimal(str(row[2]))) for row in rows[:25]] == [
        (Decimal(p), Decimal(s)) for p, s in truth.bids
    ]
    candles = rest(sim, f"candles/trade:1m:{SYMBOL}/hist?limit=5")
    assert all(later[0] - earlier[0] == 60_000 for later, earlier in itertools.pairwise(candles))
    assert all(row[4] <= min(row[1], row[2]) and row[3] >= max(row[1], row[2]) for row in candles)
    oldest = rest(sim, f"candles/trade:1m:{SYMBOL}/hist?limit=2&sort=1&start={candles[-1][0]}")
    assert [row[0] for row in oldest] == [candles[-1][0], candles[-2][0]]
    deriv = rest(sim, "status/deriv?keys=tBTCF0:USTF0")[0]
    assert deriv[0] == "tBTCF0:USTF0"
    assert deriv[18] > 0
    assert rest(sim, "platform/status") == [1]
    base = sim.endpoints["bitfinex"].rest
    assert get(f"{base}/v2/book/tNO/P0").json()[0] == "error"
    assert get(f"{base}/v2/nothing").status_code == 404
    statuses = [get(f"{base}/v2/trades/{SYMBOL}/hist").status_code for _ in range(16)]
    assert statuses == [200] * 15 + [429]
    assert rest(sim, f"book/{SYMBOL}/P0?len=1")


def test_small_numbers_have_exponents(simulate: Start) -> None:
    sim = simulate(venues=["bitfinex"], pairs=["DOGE/BTC"])
    texts = get(f"{sim.endpoints['bitfinex'].rest}/v2/book/tDOGE:BTC/P0?len=25").text
    prices = re.findall(r"\[([0-9.e-]+),", texts)
    assert all(Decimal(price) < Decimal("1e-5") for price in prices)
    assert "e-" not in prices[0] or Decimal(prices[0]) < Decimal("1e-6")
