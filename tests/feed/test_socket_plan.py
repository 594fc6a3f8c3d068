"""Sockets: as many pairs on one as the venue allows, routes apart, provisional books where snapshots have to wait."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.feed.socket_plan import SocketPlan, plan_sockets
from server.model import Instrument, Pair
from server.network.budget import Pace
from server.network.hosts import Hosts
from server.venues import VENUES


def has_provisional(plan: SocketPlan) -> bool:
    return all(member.book is not None and member.book.provisional is not None for member in plan.members)


def instruments(count: int) -> list[Instrument]:
    return [
        Instrument(Pair(f"C{number}", "USDT"), f"C{number}USDT", Decimal("0.01"), Decimal("0.01"), "TRADING", True)
        for number in range(count)
    ]


def streams(plan: SocketPlan) -> int:
    return sum(member.streams for member in plan.members)


@pytest.mark.parametrize("name", VENUES)
@pytest.mark.parametrize("count", [1, 7, 200])
def test_every_pair_has_its_streams_once_and_no_socket_too_many(name: str, count: int) -> None:
    venue = VENUES[name]()
    wanted = instruments(count)
    plans = plan_sockets(venue, wanted, venue.BOOK_MODES[0], 100, checks=True)
    for plan in plans:
        groups = {venue.connection_group(stream) for member in plan.members for stream in _names(member)}
        assert len(groups) == 1
        assert streams(plan) <= venue.LIMITS.streams_per_connection
    books = [member.instrument for plan in plans for member in plan.members if member.book is not None]
    trades = [member.instrument for plan in plans for member in plan.members if member.trade]
    assert books == wanted
    assert trades == wanted
    least = sum(streams(plan) for plan in plans) / venue.LIMITS.streams_per_connection
    names = [stream for plan in plans for member in plan.members for stream in _names(member)]
    most = least * 1.35 + len(set(map(venue.connection_group, names))) + 1
    assert len(plans) <= most, "sockets are filled before another is opened"


def _names(member: object) -> list[str]:
    book = getattr(member, "book", None)
    return [name for name in (book.stream if book else "", member.trade, *member.others) if name]  # type: ignore[attr-defined]


def test_bridges_only_where_snapshots_have_to_wait() -> None:
    venue = VENUES["binance"]()
    few = plan_sockets(venue, instruments(5), "diff", 1000, checks=True)
    many = plan_sockets(venue, instruments(200), "diff", 1000, checks=True)
    assert not any(has_provisional(plan) for plan in few)
    assert all(has_provisional(plan) for plan in many)


def test_venues_on_one_host_share_its_budget_and_its_pace() -> None:
    hosts, limits = Hosts(), VENUES["binance"].LIMITS
    assert hosts.budget("https://a/x", limits) is hosts.budget("https://a/y", limits)
    assert hosts.budget("https://a", limits) is not hosts.budget("https://b", limits)
    assert hosts.pace("wss://a/x", limits) is hosts.pace("wss://a", limits)


def test_connects_take_turns() -> None:
    now = [100.0]
    pace = Pace(1.0, clock=lambda: now[0])
    assert [pace.delay() for _ in range(3)] == [0.0, 1.0, 1.0]
    now[0] = 110.0
    assert [pace.delay() for _ in range(2)] == [0.0, 1.0], "who was late does not come with the next one"
    now[0] = 111.0
    assert pace.delay() == 0.0
