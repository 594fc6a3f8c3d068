"""Which ingester's book is shown: one at a time, another one only when it takes over, and never backwards."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from server.edge.book_follower import FORGOTTEN, HASTY, SILENT, SOURCES, STALE, BookFollower, Verdict
from server.edge.events import BookState
from server.units import SECOND

from .records import state

A, B = 1, 2


def of(epoch: int, sequence: int, number: int, *, live: bool = True) -> BookState:
    return state(epoch=epoch, sequence=sequence, published=sequence, number=number, state=3 if live else 5)


def test_one_epoch_is_followed_in_its_order() -> None:
    follower = BookFollower()
    assert follower.offer(of(A, 1, 10), 0) is Verdict.SHOW
    assert follower.offer(of(A, 3, 12), 1) is Verdict.SHOW
    assert follower.offer(of(A, 2, 11), 2) is Verdict.REPEATED
    assert follower.offer(of(A, 3, 12), 3) is Verdict.REPEATED
    assert follower.sources == 1


def test_a_heartbeat_repeats_the_number_and_counts() -> None:
    follower = BookFollower()
    follower.offer(state(sequence=4, published=100), 0)
    assert follower.offer(state(sequence=4, published=5_000), STALE) is Verdict.SHOW
    assert not follower.stale(STALE + 1)


def test_a_stream_that_began_anew_is_followed() -> None:
    follower = BookFollower()
    follower.offer(state(sequence=40, published=100), 0)
    assert follower.offer(state(sequence=1, published=101), 1) is Verdict.SHOW


def test_another_epoch_stands_aside_while_the_first_one_lives() -> None:
    follower = BookFollower()
    follower.offer(of(A, 1, 10), 0)
    assert follower.offer(of(B, 1, 11), HASTY - 1) is Verdict.ASIDE
    assert follower.offer(of(A, 2, 12), HASTY) is Verdict.SHOW


def test_a_source_that_is_ahead_takes_over_soon() -> None:
    follower = BookFollower()
    follower.offer(of(A, 1, 10), 0)
    assert follower.offer(of(B, 1, 10), HASTY) is Verdict.ASIDE, "as far as what is shown, and the book may be quiet"
    assert follower.offer(of(B, 2, 11), HASTY) is Verdict.SWITCH
    assert follower.offer(of(A, 2, 12), HASTY + 1) is Verdict.ASIDE, "no way back while the new one lives"


def test_a_source_that_is_behind_waits_until_the_first_one_is_gone() -> None:
    follower = BookFollower()
    follower.offer(of(A, 1, 10), 0)
    assert follower.offer(of(B, 1, 3), SILENT - 1) is Verdict.ASIDE
    assert follower.offer(of(B, 2, 4), SILENT) is Verdict.SWITCH


def test_a_withdrawn_book_is_replaced_at_once_by_one_that_is_not_behind() -> None:
    follower = BookFollower()
    follower.offer(of(A, 1, 10), 0)
    follower.offer(of(A, 2, 0, live=False), 1)
    assert follower.offer(of(B, 1, 9), 2) is Verdict.ASIDE
    assert follower.offer(of(B, 2, 10), 3) is Verdict.SWITCH


def test_time_alone_makes_a_source_take_over() -> None:
    follower = BookFollower()
    follower.offer(of(A, 1, 10), 0)
    follower.offer(of(B, 1, 10), 3 * SECOND)
    assert follower.due(SILENT - 1) is None
    taken = follower.due(SILENT)
    assert taken is not None
    assert taken.epoch == B
    assert follower.due(SILENT) is None


def test_a_book_without_records_is_stale_and_so_is_one_whose_records_come_late() -> None:
    follower = BookFollower()
    assert not follower.stale(STALE)
    follower.offer(of(A, 1, 10), 0)
    assert not follower.stale(STALE)
    assert follower.stale(STALE + 1)
    follower.offer(of(A, 2, 11), STALE + 2, delay=STALE + 1)
    assert follower.stale(STALE + 2)


def test_epochs_of_long_ago_are_forgotten_and_their_number_is_bounded() -> None:
    follower = BookFollower()
    for epoch in range(1, 3 * SOURCES):
        follower.offer(of(epoch, 1, 10), epoch)
    assert follower.sources == SOURCES
    follower.offer(of(99, 1, 10), FORGOTTEN + 3 * SOURCES)
    assert follower.sources == 2, "the followed one and the new one"


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), death=st.sampled_from([0, 60, 120]))
def test_a_shown_book_never_goes_backwards_while_its_ingester_lives(seed: int, death: int) -> None:
    """Two ingesters of one venue, with losses, repetitions and records that overtake one another."""
    chance = random.Random(seed)
    records: list[tuple[float, BookState]] = []
    for epoch, begins in ((A, 0), (B, chance.randrange(40))):
        for at in range(begins, 200):
            if epoch == A and death and at >= death:
                break
            if chance.random() < 0.3:
                continue  # Lost: the next state has it all.
            made = of(epoch, at - begins + 1, 100 + at, live=chance.random() > 0.05)
            arrives = at + chance.random() * 4
            records += [(arrives + n, made) for n in range(1 + (chance.random() < 0.2))]
    records.sort(key=lambda each: each[0])
    follower, shown, heard = BookFollower(), -1, 0
    for arrives, each in records:
        now = int(arrives * SECOND / 10)
        before = follower.followed.state.epoch if follower.followed is not None else 0
        verdict = follower.offer(each, now)
        due = follower.due(now)
        for made in [each] * (verdict in (Verdict.SHOW, Verdict.SWITCH)) + ([due] if due is not None else []):
            if made.live:
                gone = made.epoch != before and now - heard >= SILENT
                assert made.venue_sequence >= shown or gone, (before, made.epoch)
                shown = made.venue_sequence
            heard = now
    assert follower.followed is not None
    if death:
        assert follower.followed.state.epoch == B
