"""The pair that somebody most likely meant: which guess comes first where several are near."""

from __future__ import annotations

import pytest

from server.model import Pair
from server.suggestions import did_you_mean, nearest, suggest


def pairs(text: str) -> list[Pair]:
    return [Pair(*name.split("/")) for name in text.split()]


@pytest.mark.parametrize(
    ("asked", "listed", "meant"),
    [
        ("USDT/BTC", "BTC/USDT USDT/BRL", "BTC/USDT"),
        ("XBT/USD", "XBTX/USD BTC/USD", "BTC/USD"),
        ("BTC/USD", "BTCB/USD BTC/EUR BTC/USDT", "BTC/USDT"),
        ("btc/usdd", "ETH/USDD BTC/USDT", "BTC/USDT"),
        ("BTC/XYZ", "ETH/XYZ BTC/USDT BTC/EUR", "BTC/EUR"),
        ("BTCUSDT/USD", "ETH/EUR", ""),
        ("BTC/USDT", "", ""),
    ],
)
def test_the_nearest_listed_pair(asked: str, listed: str, meant: str) -> None:
    assert suggest(pairs(asked)[0], pairs(listed)) == meant


def test_pairs_are_looked_through_once() -> None:
    assert suggest(Pair("BTC", "USD"), iter(pairs("BTC/USDT ETH/USDT"))) == "BTC/USDT"


@pytest.mark.parametrize(
    ("name", "meant"), [("binanse", "binance"), ("KRAKEN", ""), ("", ""), ("zzz", ""), ("k" * 10**7, "")]
)
def test_the_nearest_name(name: str, meant: str) -> None:
    known = ("binance", "kraken", "okx")
    assert nearest(name, known) == meant
    assert did_you_mean(name, known) == (f"; did you mean {meant}?" if meant else "")
