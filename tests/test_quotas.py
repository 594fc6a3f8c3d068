"""Fair shares of a limited number of places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.quotas import Peer, Quota, QuotaError


def quota(total: int) -> Quota:
    return Quota("streams", "streams", total, 5.0)


def grab(places: Quota, peer: Peer, most: int = 10_000) -> int:
    taken = 0
    while taken < most:
        try:
            places.take(peer)
        except QuotaError:
            break
        taken += 1
    return taken


def test_one_client_leaves_half_to_the_others() -> None:
    places = quota(1000)
    assert grab(places, Peer("a")) == 500
    assert grab(places, Peer("b")) == 250
    assert grab(places, Peer("c"), 1) == 1


def test_the_error_says_what_was_asked_for_and_when_to_come_back() -> None:
    places = quota(20)
    grab(places, Peer("a"))
    with pytest.raises(QuotaError, match="this client has 10 of the 20 streams") as error:
        places.take(Peer("a"))
    assert error.value.name == "streams"
    assert error.value.retry_after == 5.0


def test_connections_of_one_address_count_together() -> None:
    places = quota(1000)
    taken = sum(grab(places, Peer(f"10.0.0.9:{port}", "10.0.0.9")) for port in range(50))
    assert taken == 500
    assert grab(places, Peer("10.0.0.8:1", "10.0.0.8"), 10) == 10


def test_a_small_number_of_places_goes_to_whoever_comes_first() -> None:
    places = quota(3)
    assert grab(places, Peer("a")) == 3
    with pytest.raises(QuotaError, match="at most 3 streams"):
        places.take(Peer("b"))


def test_a_token_has_its_own_limit() -> None:
    places = quota(100)
    bot = Peer("a", "", "bot", {"streams": 90})
    assert grab(places, bot) == 90
    with pytest.raises(QuotaError, match="this token has at most 90"):
        places.take(bot)
    assert grab(places, Peer("b")) == 5


def test_what_was_given_back_is_free() -> None:
    places = quota(40)
    peer = Peer("a", "10.0.0.1")
    for _ in range(grab(places, peer)):
        places.give_back(peer)
    assert len(places) == 0
    assert places.held("connection a") == places.held("address 10.0.0.1") == 0
    assert grab(places, peer) == 20


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=400), st.integers(16, 60))
def test_a_newcomer_always_finds_a_place_while_few_want_all(steps: list[tuple[str, bool]], total: int) -> None:
    places, held = quota(total), dict.fromkeys("abcdef", 0)
    for name, give in steps:
        if give and held[name]:
            places.give_back(Peer(name))
            held[name] -= 1
        elif not give:
            free = total - len(places)
            try:
                places.take(Peer(name))
                held[name] += 1
            except QuotaError:
                assert free == 0 or held[name] >= free
        assert len(places) == sum(held.values()) <= total
    if sum(map(bool, held.values())) < 4:
        places.take(Peer("newcomer"))
