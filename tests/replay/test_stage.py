"""ReplayApp: the markets and venues of the recording, its commands, and nothing that reaches an exchange."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from server import clock
from server.clock import PlayedClock
from server.config import Config
from server.model import Pair, Reach, VenueState
from server.replay.played_feed import PlayedFeed
from server.replay.played_run import PlayedRun, VenueRun
from server.replay.stage import UNWATCHED_STEP, WATCHED_STEP, ReplayApp
from server.venues import DEFAULT_VENUES, VENUES

FIRST, SECOND_VENUE = DEFAULT_VENUES[:2]
BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")
HOW = VenueRun("diff", 50, 0.0, checks=False)


@pytest.fixture
def app() -> Iterator[ReplayApp]:
    played = PlayedClock()
    played.install()
    made = ReplayApp(
        Config(pairs=(BTC,), venues=(FIRST,), port=0), PlayedRun(("BTC/USDT",), {FIRST: HOW}), played, serves=False
    )
    yield made
    made.stop()
    clock.restore()


def test_feeds_are_the_recordings(app: ReplayApp) -> None:
    feed = app.feed(FIRST)
    assert isinstance(feed, PlayedFeed)
    assert (feed.options.levels, feed.options.book, feed.options.checks) == (50, "diff", False)
    assert app.feed(SECOND_VENUE) is None
    assert feed.listings[BTC].reach is Reach.UNKNOWN
    before = threading.active_count()
    app.begin(PlayedRun(("BTC/USDT",), {FIRST: VenueRun("partial", 20, 1.0, checks=True)}))
    app.begin(PlayedRun(("BTC/USDT",), {FIRST: VenueRun("partial", 20, 1.0, checks=True)}))
    assert threading.active_count() <= before + 1, "one errand asks for the past"
    assert (feed.options.levels, feed.options.book, feed.options.checks) == (20, "partial", True)


def test_markets_and_venues_come_and_go_as_they_did(app: ReplayApp) -> None:
    app.command("market_added", "", "ETH/USDT")
    assert set(app.markets) == {BTC, ETH}
    assert ("ETH/USDT", FIRST) in app.check.chains
    app.command("venue_added", SECOND_VENUE, "")
    assert app.feed(SECOND_VENUE) is not None
    assert ("BTC/USDT", SECOND_VENUE) in app.check.chains
    app.command("venue_removed", SECOND_VENUE, "")
    assert app.feed(SECOND_VENUE) is None
    app.command("market_removed", "", "ETH/USDT")
    assert set(app.markets) == {BTC}


@pytest.mark.parametrize(
    ("name", "venue", "pair"),
    [("market_added", "", "no pair"), ("market_removed", "", "X/Y"), ("venue_added", "nobody", ""),
     ("venue_removed", "nobody", ""), ("resync", FIRST, "X/Y"), ("resync", "nobody", "BTC/USDT"),
     ("of a later version", FIRST, "BTC/USDT"), ("pause", FIRST, "no pair")],
)  # fmt: skip
def test_what_cannot_be_repeated_has_no_effect(app: ReplayApp, name: str, venue: str, pair: str) -> None:
    app.command(name, venue, pair)
    assert set(app.markets) == {BTC}
    assert set(app.feeds) == {FIRST}


def test_a_pause_shows_until_it_ends(app: ReplayApp) -> None:
    entry = app.markets[BTC].entries[FIRST]
    app.command("pause", FIRST, "")
    assert (entry.state, entry.detail) == (VenueState.HALTED, "paused by command")
    app.command("resume", FIRST, "BTC/USDT")
    assert entry.state == VenueState.CONNECTING


def test_commands_of_clients_have_no_effect_on_feeds(app: ReplayApp) -> None:
    feed = app.feed(FIRST)
    assert feed is not None
    assert not feed.resync(BTC)
    assert feed.reconnect(None) == 0
    feed.pause(None)
    feed.resume(None)
    assert app.markets[BTC].entries[FIRST].state != VenueState.HALTED


def test_every_venue_can_be_played() -> None:
    played = PlayedClock()
    played.install()
    try:
        runs = {name: VenueRun(venue.BOOK_MODES[0], 20, 0.0, checks=True) for name, venue in VENUES.items()}
        run = PlayedRun(("BTC/USDT",), runs)
        app = ReplayApp(Config(pairs=(BTC,), venues=tuple(VENUES)), run, played, serves=False)
        app.begin(run)
        app.turn(0.0)
        app.stop()
    finally:
        clock.restore()


def test_what_nobody_watches_is_made_less_often(app: ReplayApp) -> None:
    assert app.step == UNWATCHED_STEP > WATCHED_STEP
    assert not app.watched
