"""The rules' verdicts, step by step as their procedures number them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from server.protocol.sequence import CounterRule, FirstBuffered, LinkRule, RangeRule, RisingRule, StatelessRule, Verdict


@dataclass
class Ids:
    first_id: int = -1
    last_id: int = -1
    previous_id: int = -1
    time: int = -1


@pytest.mark.parametrize(
    ("snapshot", "first", "joins"),
    [
        (105, (106, 110), True),  # 3. the snapshot ends right before the first frame
        (107, (106, 110), True),  # within it
        (200, (106, 110), True),  # beyond it
        (104, (106, 110), False),  # update 105 would be missing
        (104, None, True),  # nothing buffered: the next frame will judge
        (-1, None, False),  # a body without an id
    ],
)
def test_range_rule_joins(snapshot: int, first: tuple[int, int] | None, joins: bool) -> None:
    assert RangeRule().joins(Ids(last_id=snapshot), FirstBuffered(*first, -1) if first else None) is joins


@pytest.mark.parametrize(
    ("frame", "verdict", "position"),
    [
        ((90, 100), Verdict.STALE, 100),  # 4.
        ((95, 99), Verdict.STALE, 100),
        ((101, 105), Verdict.APPLY, 105),  # 5.
        ((98, 103), Verdict.APPLY, 103),
        ((102, 105), Verdict.GAP, 100),
        ((-1, 105), Verdict.GAP, 100),
        ((106, 105), Verdict.GAP, 100),
    ],
)
def test_range_rule_checks(frame: tuple[int, int], verdict: Verdict, position: int) -> None:
    rule = RangeRule()
    rule.begin(Ids(last_id=100))
    assert rule.check(Ids(*frame)) is verdict
    assert rule.position == position


def test_range_rule_knows_an_unchanged_book() -> None:
    rule = RangeRule()
    rule.begin(Ids(last_id=100))
    assert rule.unchanged(Ids(last_id=100))
    assert not rule.unchanged(Ids(last_id=101))


@pytest.mark.parametrize(
    ("snapshot", "first", "joins"),
    [(200, (150, 150), True), (150, (150, 150), True), (149, (150, 150), False), (200, None, False)],
)
def test_rising_rule_joins(snapshot: int, first: tuple[int, int] | None, joins: bool) -> None:
    assert RisingRule().joins(Ids(last_id=snapshot), FirstBuffered(*first, -1) if first else None) is joins


def test_rising_rule_checks() -> None:
    rule = RisingRule()
    rule.begin(Ids(last_id=100))
    assert [rule.check(Ids(last_id=stamp)) for stamp in (99, 100, 101, 101, 150)] == [
        Verdict.STALE,
        Verdict.STALE,
        Verdict.APPLY,
        Verdict.STALE,
        Verdict.APPLY,
    ]
    assert rule.check(Ids()) is Verdict.GAP
    assert not rule.unchanged(Ids(last_id=150))


def test_stateless_rule_takes_the_newer() -> None:
    rule = StatelessRule()
    assert [rule.check(Ids(last_id=stamp)) for stamp in (5, 4, 5, 6)] == [
        Verdict.APPLY,
        Verdict.STALE,
        Verdict.STALE,
        Verdict.APPLY,
    ]
    assert rule.check(Ids()) is Verdict.APPLY, "a frame without a number is taken as it comes"


@pytest.mark.parametrize(
    ("snapshot", "frames", "verdicts"),
    [
        # (previous, id) of frames behind a snapshot with id 100
        (100, [(90, 95), (98, 100), (100, 107), (107, 120)], "STALE STALE APPLY APPLY"),
        (100, [(95, 103), (103, 104)], "APPLY APPLY"),  # the predecessor of the first is older than the snapshot
        (100, [(101, 103)], "GAP"),
        (100, [(100, 107), (108, 110)], "APPLY GAP"),
        (100, [(100, 107), (105, 110)], "APPLY GAP"),  # only the first may have an older predecessor
        (100, [(100, 107), (107, 107), (107, 3), (3, 8)], "APPLY APPLY APPLY APPLY"),  # nothing new; counter restarted
        (100, [(100, 107), (100, 107)], "APPLY STALE"),
        (100, [(-1, 107)], "GAP"),
    ],
)
def test_link_rule(snapshot: int, frames: list[tuple[int, int]], verdicts: str) -> None:
    rule = LinkRule()
    rule.begin(Ids(last_id=snapshot))
    found = [rule.check(Ids(previous_id=previous, last_id=last)).name for previous, last in frames]
    assert " ".join(found) == verdicts


def test_link_rule_joins_when_the_first_frame_follows_something_in_the_snapshot() -> None:
    rule = LinkRule()
    assert rule.joins(Ids(last_id=100), FirstBuffered(-1, 120, 100))
    assert not rule.joins(Ids(last_id=100), FirstBuffered(-1, 120, 101))
    assert rule.joins(Ids(last_id=100), None)
    assert not rule.joins(Ids(), None)


def test_the_id_one_is_a_restart() -> None:
    rule = CounterRule()
    rule.begin(Ids(last_id=500))
    assert rule.check(Ids(first_id=501, last_id=501)) is Verdict.APPLY
    assert rule.check(Ids(first_id=1, last_id=1)) is Verdict.RESTART
    assert rule.check(Ids(first_id=503, last_id=503)) is Verdict.GAP


def test_times_that_go_back() -> None:
    rule = RisingRule()
    rule.begin(Ids(last_id=100))
    assert rule.check(Ids(last_id=90)) is Verdict.STALE, "older than the snapshot"
    assert rule.check(Ids(last_id=95)) is Verdict.STALE
    assert rule.check(Ids(last_id=101)) is Verdict.APPLY
    assert rule.check(Ids(last_id=101)) is Verdict.STALE, "a repetition"
    assert rule.check(Ids(last_id=100)) is Verdict.GAP


def test_whole_books_of_a_venue_that_counts_anew() -> None:
    rule = StatelessRule()
    verdicts = [rule.check(Ids(last_id=number)) for number in (100, 99, 101, 50, 51, 52, 52, 53)]
    apply, stale = Verdict.APPLY, Verdict.STALE
    assert verdicts == [apply, stale, apply, stale, apply, apply, stale, apply]
