"""Candles, trade VWAP, averages and quotes, from simulated exchanges to the client and the command line."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from typing import Any

from client import Candle, CandleState, Client, Side, Trade
from tests.waiting import eventually

from .processes import Server, Simulator, Yard

PAIR = "BTC/USDT"
SECOND = 1_000_000_000
EXTRA = """
candles = ["1s", "5s", "1m"]
averages = [2, 30]
fee_tier = "vip1"
"""
FEES = {"binance": Decimal("0.0009"), "kraken": Decimal("0.00091")}


def serve(yard: Yard, *flags: str) -> tuple[Simulator, Server]:
    """Two exchanges with fees, and a server that knows them."""
    simulator = yard.simulator("--venues", "binance,kraken", "--pair", PAIR, *flags)
    written = simulator.config.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in written if not line.startswith("taker_fee"))
    text = text.replace("[venues.binance]", '[venues.binance]\ntaker_fee = "0.001"\ntaker_fees = { vip1 = "0.0009" }')
    text = text.replace("[venues.kraken]", '[venues.kraken]\ntaker_fee = "0.00091"')
    path = yard.folder / "prices.toml"
    path.write_text(EXTRA + text, encoding="utf-8")
    return simulator, yard.server("--config", str(path))


class Reading(threading.Thread):
    """Collects a client's stream."""

    def __init__(self, stream: Any) -> None:
        super().__init__(daemon=True)
        self.seen: list[Any] = []
        self.stream = stream
        self.start()

    def run(self) -> None:
        for message in self.stream:
            self.seen.append(message)

    def stop(self) -> list[Any]:
        self.stream.close()
        self.join(5)
        return self.seen


def brute(trades: list[Trade], start: int, end: int) -> tuple[Decimal, ...]:
    """Open, high, low, close, volume, quote volume of the trades in [start, end)."""
    mine = [trade for trade in trades if start <= trade.exchange_time_nanos < end]
    mine.sort(key=lambda trade: (trade.exchange_time_nanos, int(trade.trade_id)))
    prices = [trade.price for trade in mine]
    return (
        *(prices[0], max(prices), min(prices), prices[-1]),
        sum((trade.size for trade in mine), Decimal(0)),
        sum((trade.price * trade.size for trade in mine), Decimal(0)),
    )


def test_candles_and_vwaps_are_those_of_the_trades(yard: Yard) -> None:
    _, server = serve(yard, "--rate", "20")
    with Client(server.address) as client:
        eventually(lambda: len(client.book(PAIR).live_venues) == 2, "both venues live")
        trades = Reading(client.stream_trades(PAIR))
        eventually(lambda: trades.seen, "a trade")
        candles = Reading(client.stream_candles(PAIR, ["1s", "5s"], venue="binance"))
        vwaps = Reading(client.stream_trade_vwap(PAIR, trades=10))
        longer = eventually(
            lambda: [each for each in candles.seen if each.interval == "5s" and each.complete], "5 s", 30
        )
        told, values, happened = candles.stop(), vwaps.stop(), trades.stop()
        first = happened[0].exchange_time_nanos
        compared = 0
        mine = [trade for trade in happened if trade.venue == "binance"]
        for candle in told:
            if candle.state is not CandleState.COMPLETE or candle.open_time_nanos < first + SECOND or not candle.trades:
                continue
            found = (candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quote_volume)
            assert found == brute(mine, candle.open_time_nanos, candle.close_time_nanos)
            compared += 1
        assert compared >= 4
        assert longer[0].close_time_nanos - longer[0].open_time_nanos == 5 * SECOND

        # A new value for every trade, each that of the ten trades before it.
        order = [trade.trade_id for trade in happened]
        start = order.index(values[0].last_trade_id)
        assert [value.last_trade_id for value in values[:50]] == order[start : start + len(values[:50])]
        for place, value in enumerate(values[:50], start):
            window = happened[max(0, place - 9) : place + 1]
            if place < 9:
                continue
            exact = sum(trade.price * trade.size for trade in window) / sum(trade.size for trade in window)
            assert value.vwap == round(exact, 12)

        averages = client.averages(PAIR)
        assert [window.window_nanos for window in averages.windows] == [2 * SECOND, 30 * SECOND]
        assert averages.windows[0].coverage_ppm == 1_000_000
        assert averages.windows[1].coverage_ppm < 1_000_000
        assert client.summary(PAIR).averages[0].samples > 0


def sweep(book: list[tuple[Decimal, Decimal, Decimal]], size: Decimal) -> tuple[Decimal, Decimal]:
    """Notional and fees of buying a size from (price, size, fee) levels in the order of the price after fee."""
    notional = fees = Decimal(0)
    for price, has, fee in sorted(book, key=lambda level: level[0] * (1 + level[2])):
        taken = min(has, size)
        notional, fees, size = notional + taken * price, fees + taken * price * fee, size - taken
        if not size:
            break
    return notional, fees


def test_a_quote_is_what_the_books_would_cost(yard: Yard) -> None:
    simulator, server = serve(yard, "--manual")

    def step() -> bool:
        simulator.step()
        return len(server.said("is live")) >= 2

    eventually(step, "both venues live")
    with Client(server.address) as client:
        levels = [
            (level.price, level.size, FEES[venue])
            for venue in FEES
            for level in client.venue_book(venue, PAIR, levels=1000).asks
        ]
        quote = client.quote(PAIR, Side.BUY, size=Decimal("60.5"))
        notional, fees = sweep(levels, Decimal("60.5"))
        # The last crumbs go to whom has the lots for them: less than a lot of 0.00001 at another price.
        assert abs(quote.notional - notional) < Decimal("0.01")
        assert abs(quote.fees - fees) < Decimal("0.01")
        assert {part.venue: part.fee_basis_points for part in quote.slices} == {"binance": 9, "kraken": Decimal("9.1")}
        assert (quote.filled, quote.size) == (True, Decimal("60.5"))
        assert sum(part.size for part in quote.slices) == Decimal("60.5")
        alone = client.quote(PAIR, Side.BUY, size=Decimal("2.5"), venues=["binance"])
        of_one = [level for level in levels if level[2] == FEES["binance"]]
        assert (alone.notional, alone.fees) == sweep(of_one, Decimal("2.5"))

        huge = client.quote(PAIR, Side.SELL, size=Decimal(10**6))
        assert not huge.filled
        assert "can be had in the bids" in huge.reason

    line = ("-m", "cli", "quote", "buy", "60.5", PAIR, "--server", server.address)
    said = yard.run(*line, "--json")
    assert said.returncode == 0, said.stderr
    assert Decimal(json.loads(said.stdout)["notional"]) == quote.notional
    plain = yard.run(*line)
    assert "buy 60.5 BTC/USDT" in plain.stdout
    assert "filled" in plain.stdout


def test_the_command_line_tells_candles_and_vwap(yard: Yard) -> None:
    _, server = serve(yard)
    with Client(server.address) as client:
        eventually(lambda: [each for each in client.candles(PAIR, "1s") if each.trades], "a candle of a second")
    to = ("--server", server.address)
    candles = yard.run("-m", "cli", "candles", PAIR, "--interval", "1s", "--json", *to)
    assert candles.returncode == 0, candles.stderr
    read: list[dict[str, Any]] = [json.loads(line) for line in candles.stdout.splitlines()]
    assert {each["type"] for each in read} == {"candle"}
    assert {Candle.__name__.lower()} == {each["type"] for each in read}
    table = yard.run("-m", "cli", "candles", PAIR, "--interval", "1s", "--csv", *to)
    assert "open,high,low,close,volume" in table.stdout.splitlines()[0]
    assert "vwap" in yard.run("-m", "cli", "vwap", PAIR, *to).stdout
    assert "time-weighted" in yard.run("-m", "cli", "averages", PAIR, *to).stdout
    wrong = yard.run("-m", "cli", "candles", PAIR, "--interval", "7s", *to)
    assert wrong.returncode == 2
    assert wrong.stderr.count("\n") == 1
    assert "7s is not kept here; there are 1s, 5s, 1m" in wrong.stderr
