"""The rules' verdicts, step by step as their procedures number them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from server.protocol.sequence import RangeRule, RisingRule, StatelessRule, Verdict


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
    assert RangeRule().joins(Ids(last_id=snapshot), first) is joins


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
    assert RisingRule().joins(Ids(last_id=snapshot), first) is joins


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
