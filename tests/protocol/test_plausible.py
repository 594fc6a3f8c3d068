"""Nothing impossible leaves a venue file: prices, sizes, times in another unit, ids, names."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from server.model import Instrument, Pair, Side, Trade
from server.protocol.candle_source import Candle, OpenInterest
from server.protocol.events import Bbo, Counted, OpenInterestUpdate, Rejected, TradeEvent
from server.protocol.plausible import (
    checked_candle,
    checked_event,
    checked_instrument,
    checked_interest,
    checked_time,
    checked_trade,
)

NOW = 1_760_000_000_000_000_000
TRADE = Trade("BTCUSDT", "7", Decimal("1.5"), Decimal(2), Side.BUY, NOW)
ITEM = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("0.01"), "TRADING", True)
CANDLE = Candle(NOW, Decimal(2), Decimal(3), Decimal(1), Decimal(2), Decimal(0), closed=True)


@pytest.mark.parametrize("factor", [Decimal("1e-9"), Decimal("1e-6"), Decimal("1e-3"), 1000, 10**6, 10**9, 0, -1])
def test_a_time_in_another_unit_is_none(factor: Any) -> None:
    assert checked_time(NOW) == NOW
    with pytest.raises(ValueError, match="another unit"):
        checked_time(int(NOW * factor))


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": Decimal(0)}, {"price": Decimal(-1)}, {"price": Decimal("NaN")}, {"price": Decimal("Infinity")},
        {"price": Decimal("1e40")}, {"size": Decimal(0)}, {"size": Decimal("-0.1")}, {"trade_id": "None"},
        {"trade_id": ""}, {"trade_id": "-7"}, {"trade_id": "7.0"}, {"trade_id": "9" * 31},
        {"trade_id": "\u0667"}, {"symbol": ""},
        {"exchange_time": 0}, {"exchange_time": NOW * 1000},
    ],
)  # fmt: skip
def test_trades(wrong: dict[str, Any]) -> None:
    assert checked_trade(TRADE, numbered=True) is TRADE
    with pytest.raises(ValueError):
        checked_trade(replace(TRADE, **wrong), numbered=True)
    with pytest.raises(ValueError):
        checked_event(TradeEvent("s", replace(TRADE, **wrong)), numbered=True)


@pytest.mark.parametrize(
    ("name", "good"), [("6f1c-uuid", True), ("7", True), ("None", False), ("null", False), ("", False)]
)
def test_ids_that_are_names(name: str, good: bool) -> None:
    trade = replace(TRADE, trade_id=name)
    if good:
        assert checked_trade(trade, numbered=False) is trade
    else:
        with pytest.raises(ValueError):
            checked_trade(trade, numbered=False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pair": Pair("", "USDT")}, {"pair": Pair("BTC", "BTC")}, {"pair": Pair("B/T", "USDT")}, {"symbol": "a b"},
        {"symbol": "a,b"}, {"symbol": ""}, {"tick": Decimal(-1)}, {"lot": Decimal(0)}, {"contract": Decimal(0)},
        {"min_size": Decimal(-1)}, {"tick": Decimal("1e-40")}, {"status": ""}, {"written_decimals": (99, 0)},
    ],
)  # fmt: skip
def test_instruments(wrong: dict[str, Any]) -> None:
    assert checked_instrument(ITEM) is ITEM
    assert checked_instrument(replace(ITEM, tick=Decimal(0)))
    with pytest.raises(ValueError):
        checked_instrument(replace(ITEM, **wrong))


@pytest.mark.parametrize(
    "wrong", [{"open": Decimal(0)}, {"high": Decimal("1.5")}, {"low": Decimal("2.5")}, {"volume": Decimal(-1)},
              {"open_time": NOW // 1000}, {"close": Decimal("NaN")}, {"trades": -1}],
)  # fmt: skip
def test_candles(wrong: dict[str, Any]) -> None:
    assert checked_candle(CANDLE) is CANDLE
    with pytest.raises(ValueError):
        checked_candle(replace(CANDLE, **wrong))


def test_other_events() -> None:
    assert checked_interest(OpenInterest(Decimal(0), 0)).exchange_time == 0
    for wrong in (
        Bbo("s", Decimal(0), Decimal(1)), Bbo("s", Decimal(1), Decimal("NaN")),
        OpenInterestUpdate("s", Decimal(-1), NOW),
        OpenInterestUpdate("s", Decimal(1), NOW // 10**6), Counted(-1),
    ):  # fmt: skip
        with pytest.raises(ValueError):
            checked_event(wrong, numbered=True)
    said = checked_event(Rejected("no\x1b[31m\n" + "x" * 1000), numbered=True)
    assert isinstance(said, Rejected)
    assert said.reason.isprintable()
    assert len(said.reason) <= 300
