"""A venue far from its peers is hidden after a while, followed meanwhile, and shown again when it is near."""

from __future__ import annotations

import pytest

from server.feed.cross_venue_check import EVERY, PEERS, SPELL, CrossVenueCheck
from server.market.market import Market
from server.model import VenueState
from tests.book.family import FAMILIES, FamilyRig
from tests.market.books import fill, market

IN_BAND = next(family for family in FAMILIES if family.in_band)


class Rig:
    """A live book of the venue `model` near 100, and other venues whose mids the test sets."""

    def __init__(self, *mids: int) -> None:
        self.exchange = FamilyRig(IN_BAND, 3)
        self.exchange.calm()
        assert self.exchange.sync.live
        self.names = [f"peer{number}" for number in range(len(mids))]
        self.market: Market = market("BTC/USDT", "model", *self.names)
        self.set(*mids)
        self.check = CrossVenueCheck("model")
        self.now = 1000.0

    def set(self, *mids: int) -> None:
        for name, mid in zip(self.names, mids, strict=True):
            fill(self.market, name, str(mid - 1), str(mid + 1))

    def look(self, seconds: float) -> bool:
        """Looks once a second for so long; whether the book is hidden in the end."""
        for _ in range(round(seconds / EVERY)):
            self.now += EVERY
            assert self.check.due([self.exchange.sync], self.now)
            self.check.look(self.market, self.exchange.session, self.exchange.sync, self.now)
        return self.exchange.sync.entry.state != VenueState.LIVE


def test_a_book_near_the_others_is_shown() -> None:
    assert not Rig(100, 101, 99).look(3 * SPELL)


def test_a_book_that_stays_far_is_hidden_with_the_reason_and_comes_back() -> None:
    rig = Rig(200, 201, 202)
    assert not rig.look(SPELL), "it may be the others that are late"
    assert rig.look(2 * EVERY)
    entry = rig.exchange.sync.entry
    assert entry.state == VenueState.SUSPECT
    assert entry.detail.endswith("is more than 3.00 % from the median of 3 other venues")
    rig.set(100, 101, 99)
    assert not rig.look(EVERY)
    assert entry.detail == ""


def test_the_median_of_the_others_counts() -> None:
    assert not Rig(100, 101, 900).look(3 * SPELL), "one venue that is far does not move it"
    assert Rig(100, 900, 900).look(3 * SPELL)


@pytest.mark.parametrize("mids", [(), (200,)])
def test_one_peer_proves_nothing(mids: tuple[int, ...]) -> None:
    assert len(mids) < PEERS
    assert not Rig(*mids).look(3 * SPELL)


def test_peers_that_are_not_live_do_not_count() -> None:
    rig = Rig(200, 200)
    rig.market.report("peer1", VenueState.GAP, "a gap")
    assert not rig.look(3 * SPELL)


def test_only_time_in_a_row_counts() -> None:
    rig = Rig(200, 200)
    for _ in range(4):
        assert not rig.look(SPELL - EVERY)
        rig.set(100, 100)
        assert not rig.look(EVERY)
        rig.set(200, 200)


def test_a_book_is_looked_at_once_a_second() -> None:
    rig = Rig(200, 200)
    sync = rig.exchange.sync
    assert rig.check.due([sync], 1.0) == [sync], "it was never looked at"
    rig.look(EVERY)
    assert rig.check.due([sync], rig.now + EVERY / 2) == []
    assert rig.check.next_look([sync]) == rig.now + EVERY
    assert rig.check.due([sync], rig.now + EVERY) == [sync]


def test_where_too_few_venues_are_followed_no_price_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_book: object) -> None:
        raise AssertionError("a price was looked at")

    monkeypatch.setattr("server.feed.cross_venue_check.best_prices", never)
    assert not Rig(200).look(SPELL)
    with pytest.raises(AssertionError):
        Rig(200, 200).look(EVERY)


def test_a_hidden_book_is_shown_again_when_its_peers_are_removed() -> None:
    rig = Rig(200, 200)
    assert rig.look(SPELL + 2 * EVERY)
    rig.market.remove_venue("peer1")
    assert not rig.look(EVERY)
