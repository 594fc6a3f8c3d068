"""Trades that were accepted and never come, while others do."""

from __future__ import annotations

from server.feed.trade_staleness import OTHERS, TradeStaleness
from server.market.market import Market
from server.model import Pair


def market(pair: str = "BTC/USDT") -> Market:
    return Market(Pair.parse(pair), ("a", "b"), lambda _market: None)


def trade(market: Market, venue: str, count: int = 1) -> None:
    market.trades[venue] = market.trades.get(venue, 0) + count


def test_a_stream_that_never_speaks_while_the_other_venue_trades() -> None:
    silence, btc = TradeStaleness("a"), market()
    assert not silence.is_mute(btc, [], 0.0)
    trade(btc, "b", OTHERS)
    assert not silence.is_mute(btc, [], 59.0), "too soon"
    assert silence.is_mute(btc, [], 61.0)
    assert not silence.is_mute(btc, [], 62.0), "said once"
    trade(btc, "b", OTHERS)
    assert silence.is_mute(btc, [], 123.0)


def test_nobody_else_trades_either() -> None:
    silence, btc = TradeStaleness("a"), market()
    silence.is_mute(btc, [], 0.0)
    trade(btc, "b", OTHERS - 1)
    assert not silence.is_mute(btc, [], 1000.0)


def test_a_thin_market_has_pauses_of_its_own() -> None:
    silence, btc = TradeStaleness("a"), market()
    now = 0.0
    for _ in range(10):
        silence.is_mute(btc, [], now)
        trade(btc, "a")
        trade(btc, "b", OTHERS)
        now += 50.0
    silence.is_mute(btc, [], now)
    trade(btc, "b", OTHERS)
    assert not silence.is_mute(btc, [], now + 400.0)
    assert silence.is_mute(btc, [], now + 600.0)


def test_siblings_that_are_silent_too_mean_the_connection_and_not_the_stream() -> None:
    btc, eth = market(), market("ETH/USDT")
    for sibling_trades in (False, True):
        silence = TradeStaleness("a")
        silence.is_mute(btc, [btc, eth], 0.0)
        trade(btc, "b", OTHERS)
        if sibling_trades:
            trade(eth, "a")
        silence.is_mute(eth, [], 50.0)
        assert silence.is_mute(btc, [btc, eth], 70.0) is sibling_trades
