"""What a venue says of its pairs, pair by pair, and what readers see of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

import pytest

from server.connection.effects import CheckListing
from server.feed.discovery import Discovery
from server.feed.pair_listings import PairListings, is_settled
from server.feed.trade_router import TradeRouter
from server.market.market import Market
from server.model import Instrument, Listing, Pair, Reach, VenueState
from server.venues.kraken import Kraken

BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")
NAME = Kraken.NAME


def instrument(pair: Pair, trading: bool = True) -> Instrument:
    return Instrument(pair, f"{pair.base}/{pair.quote}", Decimal("0.1"), Decimal("0.1"), "status", trading)


def listed(pair: Pair, trading: bool = True) -> Listing:
    return Listing(NAME, pair, Reach.LISTED, instrument(pair, trading))


class Rig:
    """The listings of a venue that answers with `answers`, and what was done for each pair."""

    def __init__(self) -> None:
        self.answers = {BTC: listed(BTC), ETH: listed(ETH)}
        self.asked: list[list[Pair]] = []
        self.ended: list[Pair] = []
        self.untraded: list[Pair] = []
        self.markets = {pair: Market(pair, (NAME,), lambda _market: None) for pair in (BTC, ETH)}
        router = SimpleNamespace(
            pause_market=lambda _pair: None, mark_untraded=lambda market: self.untraded.append(market.pair)
        )
        self.pairs = PairListings(
            Kraken(), self.markets, cast(Discovery, self), cast(TradeRouter, router), self.ended.append
        )

    def listings(self, pairs: Iterable[Pair]) -> list[Listing]:
        """As the discovery: the venue's answer."""
        wanted = list(pairs)
        self.asked.append(wanted)
        return [self.answers[pair] for pair in wanted]

    def seen(self, pair: Pair = BTC) -> tuple[VenueState, str]:
        entry = self.markets[pair].entries[NAME]
        return VenueState(entry.state), entry.detail

    def symbols(self) -> list[str]:
        return [each.symbol for each in self.pairs.listed()]

    def doubt(self, *, hopeless: bool, of: Instrument | None = None) -> None:
        self.pairs.doubt(CheckListing(of or instrument(BTC), "no update, though subscribed", hopeless))
        self.pairs.check_doubtful()


def discovered() -> Rig:
    rig = Rig()
    rig.pairs.discover()
    assert rig.symbols() == ["BTC/USDT", "ETH/USDT"]
    return rig


@pytest.mark.parametrize(
    ("listing", "state", "words", "settled"),
    [
        (listed(BTC, trading=False), VenueState.HALTED, "says status", False),
        (Listing(NAME, BTC, Reach.UNREACHABLE, detail="no way"), VenueState.DOWN, "no way", False),
        (Listing(NAME, BTC, Reach.UNLISTED), VenueState.UNSUPPORTED, "does not list BTC/USDT", True),
        (
            Listing(NAME, BTC, Reach.UNLISTED, suggestion="ETH/USDT"),
            VenueState.UNSUPPORTED,
            "nearest is ETH/USDT",
            True,
        ),
    ],
)
def test_each_answer_is_shown_and_only_what_is_not_settled_is_asked_for_again(
    listing: Listing, state: VenueState, words: str, settled: bool
) -> None:
    rig = Rig()
    rig.answers[BTC] = listing
    rig.pairs.discover()
    assert rig.seen()[0] is state
    assert words in rig.seen()[1]
    assert rig.symbols() == ["ETH/USDT"]
    assert is_settled(listing) is settled
    rig.pairs.discover()
    assert rig.asked == [[BTC, ETH], [] if settled else [BTC]]


def test_trades_of_a_pair_that_is_not_traded_are_not_missing() -> None:
    rig = Rig()
    rig.answers = {BTC: listed(BTC, trading=False), ETH: Listing(NAME, ETH, Reach.UNLISTED)}
    rig.pairs.discover()
    assert rig.untraded == [BTC, ETH]


def test_a_pair_that_the_list_still_has_keeps_its_streams() -> None:
    rig = discovered()
    rig.doubt(hopeless=False)
    assert rig.ended == []
    assert "BTC/USDT" in rig.symbols()


def test_a_pair_that_the_list_has_and_the_venue_refuses_ends_alone_and_says_why() -> None:
    rig = discovered()
    rig.doubt(hopeless=True)
    assert rig.ended == [BTC]
    assert rig.seen()[0] is VenueState.HALTED
    assert "does not give it: no update, though subscribed" in rig.seen()[1]
    assert rig.symbols() == ["ETH/USDT"]
    assert BTC in rig.pairs.given_up


def test_a_pair_that_the_list_has_no_more_ends_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = discovered()
    rig.answers[BTC] = Listing(NAME, BTC, Reach.UNLISTED)
    rig.doubt(hopeless=False)
    assert rig.ended == [BTC]
    assert rig.seen()[0] is VenueState.UNSUPPORTED
    rig.answers[BTC] = listed(BTC)
    monkeypatch.setattr(rig.pairs.given_up, "_clock", lambda: 1e12)
    rig.pairs.try_again()
    assert "BTC/USDT" in rig.symbols()
    assert BTC not in rig.pairs.given_up


def test_a_pair_that_the_venue_has_changed_is_begun_anew_at_once() -> None:
    rig = discovered()
    rig.answers[BTC] = replace(listed(BTC), instrument=replace(instrument(BTC), tick=Decimal("0.5")))
    rig.doubt(hopeless=True)
    assert rig.ended == [BTC]
    assert BTC not in rig.pairs.given_up
    assert "BTC/USDT" in rig.symbols()


def test_an_unreachable_venue_decides_nothing_about_a_doubtful_pair() -> None:
    rig = discovered()
    rig.answers[BTC] = Listing(NAME, BTC, Reach.UNREACHABLE, detail="no way")
    rig.doubt(hopeless=True)
    assert rig.ended == []
    assert "BTC/USDT" in rig.symbols()


def test_a_paused_pair_is_not_asked_about_and_its_state_stays_until_it_is_resumed() -> None:
    rig = discovered()
    rig.pairs.pause(BTC)
    assert rig.ended == [BTC]
    assert rig.seen() == (VenueState.HALTED, "paused by command")
    rig.doubt(hopeless=True)
    assert rig.asked == [[BTC, ETH]]
    rig.pairs.report_trouble("internal error", set())
    assert rig.seen() == (VenueState.HALTED, "paused by command")
    assert rig.seen(ETH) == (VenueState.DOWN, "internal error")
    assert rig.symbols() == ["ETH/USDT"]
    rig.pairs.resume(None)
    assert rig.seen()[0] is VenueState.CONNECTING
    assert rig.symbols() == ["BTC/USDT", "ETH/USDT"]


def test_trouble_is_not_shown_where_a_connection_serves_the_pair() -> None:
    rig = discovered()
    before = rig.seen()
    rig.pairs.report_trouble("internal error", {BTC})
    assert rig.seen() == before


def test_a_removed_pair_is_forgotten_whatever_was_known_of_it() -> None:
    rig = discovered()
    rig.pairs.pause(BTC)
    rig.pairs.remove(BTC)
    assert rig.symbols() == ["ETH/USDT"]
    assert rig.pairs.pairs_of("BTC/USDT") == []
    assert rig.pairs.add(BTC).reach is Reach.LISTED
    assert rig.symbols() == ["ETH/USDT", "BTC/USDT"], "the pause went with the pair"
