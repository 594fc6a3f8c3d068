"""One pair and its venues: entries are replaced, never changed, and every change leaves one mark."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal

from server.market.market import Market
from server.model import Pair, TradesState, VenueState

from .books import fill, market


def test_every_venue_begins_as_connecting() -> None:
    kept = market("BTC/USDT", "alpha", "beta")
    assert (kept.name, kept.venues, kept.live_venues()) == ("BTC/USDT", ("alpha", "beta"), [])
    assert {entry.state for entry in kept.entries.values()} == {VenueState.CONNECTING}


def test_a_change_is_announced_once_until_it_was_taken() -> None:
    seen: list[Market] = []

    def mark(changed: Market) -> None:
        seen.append(changed)
        changed.dirty = True

    kept = Market(Pair("BTC", "USDT"), ("alpha",), mark)
    kept.changed()
    kept.changed()
    assert (seen, kept.dirty) == ([kept], True)
    kept.dirty = False
    kept.report("alpha", VenueState.DOWN, "no route")
    assert (seen, kept.dirty) == ([kept, kept], True)
    assert (kept.entries["alpha"].state, kept.entries["alpha"].detail) == (VenueState.DOWN, "no route")


def test_who_iterates_over_entries_sees_one_state_of_them() -> None:
    kept = market("BTC/USDT", "alpha", "beta")
    before, alpha = kept.entries, kept.entries["alpha"]
    kept.add_venue("gamma")
    assert (list(before), kept.venues) == (["alpha", "beta"], ("alpha", "beta", "gamma"))
    assert kept.entries["alpha"] is alpha, "the others keep their books"
    kept.remove_venue("alpha")
    assert (list(before), kept.venues) == (["alpha", "beta"], ("beta", "gamma"))
    kept.add_venue("alpha")
    assert kept.entries["alpha"] is not alpha, "a venue that comes back begins anew"
    assert kept.venues[-1] == "alpha"


def test_what_is_reported_of_a_venue_that_has_gone_changes_nothing() -> None:
    kept = market("BTC/USDT", "alpha")
    kept.remove_venue("alpha")
    kept.dirty = False
    kept.report("alpha", VenueState.LIVE, "")
    assert not kept.dirty
    assert kept.entries == {}


def test_states_are_equal_as_long_as_no_status_message_would_differ() -> None:
    kept = market("BTC/USDT", "alpha")
    entry, seen = kept.entries["alpha"], [kept.states()]
    entry.stamp(5, 6, 7, 8)
    assert kept.states() == seen[0], "times are in every message"
    changes: list[Callable[[], None]] = [
        lambda: setattr(entry, "state", VenueState.GAP),
        lambda: setattr(entry, "detail", "why"),
        lambda: setattr(entry, "resyncs", 1),
        lambda: setattr(entry, "gaps", 1),
        lambda: setattr(entry, "trades_state", TradesState.RECEIVED),
        lambda: kept.add_venue("beta"),
    ]
    for change in changes:
        change()
        assert kept.states() not in seen
        seen.append(kept.states())


def test_a_view_is_of_the_venues_that_are_there() -> None:
    kept = market("BTC/USDT", "alpha", "beta")
    fill(kept, "alpha", "99", "101")
    fill(kept, "beta", "98", "100")
    assert kept.live_venues() == ["alpha", "beta"]
    for venues, bids, asks in (
        ((), [99, 98], [100, 101]),
        (("beta",), [98], [100]),
        (("beta", "gone"), [98], [100]),
        (("gone",), [], []),
    ):
        view = kept.view(5, Decimal(0), venues)
        view.refresh()
        assert ([level[0] for level in view.bids], [level[0] for level in view.asks]) == (bids, asks), venues


def test_streams_are_counted_from_all_threads() -> None:
    kept = market("BTC/USDT")

    def open_many() -> None:
        for _ in range(1000):
            kept.watch(1)

    threads = [threading.Thread(target=open_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept.watch(-1)
    assert kept.watched == 3999
