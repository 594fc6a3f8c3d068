"""StateTimeline: what each state lasted, withdrawals, and the worst state of each part."""

from __future__ import annotations

from server.model import VenueState
from server.report.report_window import ReportWindow
from server.report.state_timeline import KEPT, LIVE, NOT_RECORDED, WORST_FIRST, StateTimeline, name_of


def timeline(*changes: tuple[int, str], begin: int = 0, end: int = 100) -> StateTimeline:
    made = StateTimeline(ReportWindow(begin, end, 10))
    for at, state in changes:
        made.change(at, state, f"why {state}")
    made.finish(end)
    return made


def test_states_last_until_the_next_change() -> None:
    made = timeline((0, "connecting"), (10, "syncing"), (15, LIVE), (60, "gap"), (62, "syncing"), (70, LIVE))
    assert made.lasted == {"connecting": 10, "syncing": 13, LIVE: 75, "gap": 2}
    assert sum(made.lasted.values()) == 100


def test_a_withdrawal_has_the_state_and_the_reason_of_its_beginning() -> None:
    made = timeline((0, "syncing"), (15, LIVE), (60, "gap"), (62, "syncing"), (70, LIVE), (90, "stale"), (91, LIVE))
    assert (made.count, made.withdrawn, made.longest) == (2, 11, 10)
    first, second = made.withdrawals
    assert (first.begin_ns, first.end_ns, first.state, first.reason, first.healed) == (60, 70, "gap", "why gap", True)
    assert (second.begin_ns, second.end_ns, second.state) == (90, 91, "stale")


def test_what_was_never_live_is_not_withdrawn() -> None:
    assert timeline((0, "connecting"), (50, "down"), (60, "syncing")).count == 0


def test_a_withdrawal_that_does_not_end_lasts_to_the_end_of_the_run() -> None:
    (found,) = timeline((0, LIVE), (40, "down"), (80, NOT_RECORDED), (90, "connecting")).withdrawals
    assert (found.begin_ns, found.end_ns, found.healed) == (40, 80, False)


def test_time_that_was_not_recorded_counts_for_nothing() -> None:
    made = timeline((0, LIVE), (30, NOT_RECORDED), (80, "syncing"), (90, LIVE))
    assert made.lasted == {LIVE: 40, "syncing": 10}
    assert made.count == 0
    assert made.parts == ((LIVE, 3), (NOT_RECORDED, 5), ("syncing", 1), (LIVE, 1))


def test_the_shortest_withdrawal_is_seen_in_the_picture() -> None:
    made = timeline((0, LIVE), (31, "gap"), (32, LIVE))
    assert made.parts == ((LIVE, 3), ("gap", 1), (LIVE, 6))


def test_only_what_is_in_the_window_counts() -> None:
    made = timeline((0, LIVE), (40, "gap"), (60, LIVE), (70, "stale"), (75, LIVE), begin=50, end=150)
    assert made.lasted == {"gap": 10, LIVE: 85, "stale": 5}
    assert [(each.begin_ns, each.end_ns) for each in made.withdrawals] == [(50, 60), (70, 75)]
    assert timeline((0, LIVE), (10, "gap"), (20, LIVE), begin=50, end=150).count == 0


def test_the_longest_withdrawals_are_kept_and_all_are_counted() -> None:
    made = StateTimeline(ReportWindow(0, 10**9))
    at = 0
    for number in range(KEPT + 50):
        made.change(at, LIVE)
        made.change(at + 10, "gap")
        at += 20 + number
    made.finish(at)
    assert made.count == KEPT + 50
    assert len(made.withdrawals) == KEPT
    assert min(each.end_ns - each.begin_ns for each in made.withdrawals) == 10 + 50
    assert [each.begin_ns for each in made.withdrawals] == sorted(each.begin_ns for each in made.withdrawals)


def test_every_state_of_a_venue_has_a_rank() -> None:
    assert {name_of(state) for state in VenueState} | {NOT_RECORDED} == set(WORST_FIRST)
