"""A posted book: whole with each post, never older than before, gone when posts stop."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.market.market import Market
from server.model import Pair, Receipt, VenueState
from server.push.push_request import BookPost
from server.push.pushed_book import AHEAD, PUSH, WAITING, PushedBook
from server.request_errors import RequestError
from server.units import SECOND

NOW = 1_796_000_000_000_000_000


def post(bid: str, ask: str, time: int = 0) -> BookPost:
    return BookPost("BTCUSDT", [(Decimal(bid), Decimal(1))], [(Decimal(ask), Decimal(2))], time)


def at(seconds: int = 0) -> Receipt:
    return Receipt(NOW + seconds * SECOND, (100 + seconds) * SECOND)


@pytest.fixture
def changes() -> list[Market]:
    return []


@pytest.fixture
def market(changes: list[Market]) -> Market:
    return Market(Pair("BTC", "USDT"), [PUSH], changes.append)


@pytest.fixture
def book(market: Market) -> PushedBook:
    made = PushedBook(market, 10.0)
    made.begin()
    return made


def levels(market: Market) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    held = market.entries[PUSH].book
    assert held is not None
    return held.levels()


def test_each_post_replaces_the_whole_book(market: Market, book: PushedBook, changes: list[Market]) -> None:
    entry = market.entries[PUSH]
    assert (entry.state, entry.detail) == (VenueState.CONNECTING, WAITING)
    changes.clear()
    book.post(post("1.10", "1.20", NOW - 5), at())
    assert changes == [market]
    assert (entry.state, entry.detail) == (VenueState.LIVE, "")
    assert (entry.exchange_time, entry.receive_time, entry.sequence, entry.frames) == (NOW - 5, NOW, 1, 1)
    assert entry.receive_monotonic == 100 * SECOND
    assert levels(market) == ([(11, 1)], [(12, 2)])
    book.post(post("1.000000000000000001", "1.3", NOW), at(1))
    assert levels(market) == ([(10**18 + 1, 1)], [(13 * 10**17, 2)])
    assert entry.book is not None
    assert entry.book.whole


def test_what_is_refused_changes_nothing(market: Market, book: PushedBook) -> None:
    book.post(post("1.10", "1.20", NOW), at())
    wrong = {
        "the best bid is not below the best ask": post("1.20", "1.20", NOW),
        "cannot be kept exactly": post("1e-30", "1e19", NOW),
        "older than the one that was posted before": post("1.0", "1.2", NOW - 1),
        "is before 2009": post("1.0", "1.2", 1_796_000_000),
        "ahead of this server's clock": post("1.0", "1.2", NOW + AHEAD + 2 * SECOND),
    }
    for said, each in wrong.items():
        with pytest.raises(RequestError, match=said):
            book.post(each, at(1))
    entry = market.entries[PUSH]
    assert levels(market) == ([(11, 1)], [(12, 2)])
    assert (entry.state, entry.frames, entry.receive_time) == (VenueState.LIVE, 1, NOW)
    book.look(at(11).monotonic)
    assert entry.state == VenueState.STALE, "refused posts do not keep a book alive"


def test_a_book_goes_stale_when_posts_stop_and_lives_with_the_next(market: Market, book: PushedBook) -> None:
    entry = market.entries[PUSH]
    book.look(at(1000).monotonic)
    assert entry.state == VenueState.CONNECTING, "there was no post yet"
    book.post(post("1.10", "1.20"), at())
    book.look(at(10).monotonic)
    assert entry.state == VenueState.LIVE
    book.look(at(10).monotonic + 1)
    assert (entry.state, entry.detail) == (VenueState.STALE, "nothing was posted for 10 s")
    book.post(post("1.10", "1.20"), at(60))
    assert (entry.state, entry.detail) == (VenueState.LIVE, "")


def test_commands(market: Market, book: PushedBook) -> None:
    entry = market.entries[PUSH]
    assert not book.withdraw("asked")
    book.post(post("1.10", "1.20"), at())
    assert book.withdraw("asked")
    assert (entry.state, entry.detail) == (VenueState.SYNCING, "asked")
    book.post(post("1.10", "1.20"), at())
    book.pause()
    assert (entry.state, entry.detail) == (VenueState.HALTED, "paused by command")
    assert not book.withdraw("asked")
    with pytest.raises(RequestError, match="paused by command"):
        book.post(post("1.10", "1.20"), at())
    assert entry.state == VenueState.HALTED
    book.resume()
    assert entry.state == VenueState.CONNECTING
    book.post(post("1.10", "1.20"), at())
    book.resume()
    assert entry.state == VenueState.LIVE, "it was not paused"
    market.remove_venue(PUSH)
    assert not book.live
    with pytest.raises(RequestError, match="was removed by command"):
        book.post(post("1.10", "1.20"), at())
