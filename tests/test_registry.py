"""Markets and venues that come and go, without a server: names that are not there, and feeds that answer late."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest

from server.errors import CommandError, DuplicateError, LimitError, UnknownNameError
from server.market.market import Market
from server.model import Pair, Reach
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.registry import Feed, MarketRegistry
from tests.api.fake_feed import FakeFeed
from tests.waiting import eventually

BTC, ETH, SOL, XRP = (Pair(base, "USDT") for base in ("BTC", "ETH", "SOL", "XRP"))
LISTS = {"alpha": frozenset({BTC, ETH, SOL}), "beta": frozenset({BTC, SOL})}


class Rig:
    """A registry of two fake venues; no thread of the dispatcher runs."""

    def __init__(self, most: int = 4) -> None:
        self.made: list[FakeFeed] = []
        self.changes: list[tuple[str, dict[str, str]]] = []
        self.registry = MarketRegistry(
            (BTC, ETH), ("alpha", "beta"), self._make, Dispatcher(Epoch.now()), tuple(LISTS), most, self._changed
        )
        for feed in self.registry.feeds.values():
            feed.start()

    def _changed(self, name: str, **details: str) -> None:
        self.changes.append((name, details))

    def _make(self, name: str, markets: Mapping[Pair, Market]) -> Feed:
        self.made.append(FakeFeed(name, markets, LISTS[name]))
        return self.made[-1]


def test_what_is_there_at_the_start() -> None:
    rig = Rig()
    assert list(rig.registry.markets) == [BTC, ETH]
    assert list(rig.registry.feeds) == ["alpha", "beta"]
    assert rig.registry.default.pair == BTC
    assert rig.registry.market(Pair("btc", "usdt")).pair == BTC
    assert rig.registry.feed("beta") is rig.made[1]


def test_what_is_not_there_is_named_with_the_nearest() -> None:
    registry = Rig().registry
    with pytest.raises(UnknownNameError, match="this server has no market 'BTC/USD'.*BTC/USDT"):
        registry.market(Pair("BTC", "USD"))
    with pytest.raises(UnknownNameError, match="this server reads no venue 'alfa'.*alpha"):
        registry.feed("alfa")
    with pytest.raises(UnknownNameError) as caught:
        registry.feed("z" * 5000)
    assert len(str(caught.value)) < 200


def test_a_market_is_added_to_every_feed_and_taken_from_every_feed() -> None:
    rig = Rig()
    market = rig.registry.add_market(SOL)
    assert rig.registry.markets[SOL] is market
    assert all(("add", SOL) in feed.calls for feed in rig.made)
    assert rig.registry.remove_market(SOL) == 0
    assert SOL not in rig.registry.markets
    assert all(SOL not in feed.markets for feed in rig.made)
    assert rig.registry.add_market(SOL) is not market


def test_changes_are_told_to_a_recorder() -> None:
    rig = Rig()
    rig.registry.add_market(SOL)
    rig.registry.remove_market(SOL)
    rig.registry.remove_venue("beta")
    rig.registry.add_venue("beta")
    assert rig.changes == [
        ("market_added", {"pair": str(SOL)}),
        ("market_removed", {"pair": str(SOL)}),
        ("venue_removed", {"venue": "beta"}),
        ("venue_added", {"venue": "beta"}),
    ]


def test_a_market_that_nobody_lists_leaves_nothing() -> None:
    rig = Rig()
    with pytest.raises(CommandError, match="XRP/USDT"):
        rig.registry.add_market(XRP)
    assert XRP not in rig.registry.markets
    assert all(XRP not in feed.markets for feed in rig.made)


def test_what_cannot_be_added_or_removed() -> None:
    registry = Rig(most=2).registry
    with pytest.raises(DuplicateError, match="BTC/USDT is served already"):
        registry.add_market(Pair("btc", "usdt"))
    with pytest.raises(LimitError, match="at most 2 pairs"):
        registry.add_market(SOL)
    with pytest.raises(CommandError, match="BTC/USDT is the default market"):
        registry.remove_market(BTC)
    with pytest.raises(UnknownNameError):
        registry.remove_market(SOL)


def test_a_feed_that_answers_late_is_told_that_the_market_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.registry.ANSWER_WAIT", 0.2)
    rig = Rig()
    late = rig.made[1]
    late.answers.clear()
    rig.registry.add_market(SOL)
    rig.registry.remove_market(SOL)
    with pytest.raises(LimitError, match="beta has not answered yet about the SOL/USDT before"):
        rig.registry.add_market(SOL)
    late.answers.set()
    eventually(lambda: ("remove", SOL) in late.calls and SOL not in late.markets)
    assert rig.registry.add_market(SOL).pair == SOL


def test_a_feed_that_fails_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.made[0].error = ValueError("a defect")
    market = rig.registry.add_market(SOL)
    assert rig.made[1].listings[SOL].reach is Reach.LISTED
    assert market.venues == ("alpha", "beta")
    assert "alpha: SOL/USDT could not be added" in caplog.text


def test_only_one_change_is_made_at_a_time() -> None:
    rig = Rig()
    rig.made[0].answers.clear()
    adding = threading.Thread(target=rig.registry.add_market, args=(SOL,))
    adding.start()
    eventually(lambda: ("add", SOL) in rig.made[0].calls)
    with pytest.raises(CommandError):
        rig.registry.remove_market(ETH)
    rig.made[0].answers.set()
    adding.join(60)
    assert SOL in rig.registry.markets
    assert rig.registry.remove_market(ETH) == 0
