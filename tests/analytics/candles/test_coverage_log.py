"""Which venues an interval has whole, and what is said of the others."""

from __future__ import annotations

from server.analytics.candles.coverage_log import KEPT, Coverage, Missing


def test_a_venue_that_is_away_all_the_time_is_missing_and_others_are_not() -> None:
    coverage = Coverage()
    coverage.away("b", 100, "refused")
    assert coverage.missing(["a", "b"], 0, 60) == ()
    assert coverage.missing(["a", "b"], 60, 120) == (Missing("b", "refused", partly=True, ongoing=True),)
    assert coverage.missing(["a", "b"], 120, 180) == (Missing("b", "refused", partly=False, ongoing=True),)


def test_it_is_there_again_after_it_came_back() -> None:
    coverage = Coverage()
    coverage.away("b", 100, "lost")
    coverage.back("b", 200)
    assert coverage.missing(["b"], 120, 180) == (Missing("b", "lost", partly=False, ongoing=False),)
    assert coverage.missing(["b"], 180, 240) == (Missing("b", "lost", partly=True, ongoing=False),)
    assert coverage.missing(["b"], 201, 260) == ()
    coverage.back("b", 300)
    assert coverage.missing(["b"], 240, 400) == ()


def test_lost_trades_are_partly_missing_and_do_not_end_an_absence() -> None:
    coverage = Coverage()
    coverage.gap("a", 70, 50, "trades were lost")
    assert coverage.missing(["a"], 60, 120) == (Missing("a", "trades were lost", partly=True, ongoing=False),)
    assert coverage.missing(["a"], 71, 120) == ()
    coverage.away("a", 200, "away")
    coverage.gap("a", 100, 130, "trades were lost")
    coverage.back("a", 300)
    assert coverage.missing(["a"], 301, 400) == ()
    coverage.forget("a")
    assert coverage.missing(["a"], 200, 260) == ()


def test_what_is_long_ago_is_forgotten_and_an_absence_is_not() -> None:
    coverage = Coverage()
    coverage.away("a", 10**9, "away")
    for number in range(2 * KEPT):
        coverage.gap("a", number * 10, number * 10 + 1, "lost")
    assert coverage.missing(["a"], 2 * 10**9, 3 * 10**9)[0].ongoing
    assert len(coverage._periods["a"]) == KEPT  # noqa: SLF001 - what is kept is bounded


def test_a_period_in_which_nothing_was_missed_is_forgotten() -> None:
    coverage = Coverage()
    coverage.gap("b", 10, 20, "lost")
    coverage.away("b", 100, "restarted")
    coverage.cancel("b")
    coverage.cancel("b")
    assert coverage.missing(["b"], 60, 120) == ()
    assert coverage.missing(["b"], 0, 60) == (Missing("b", "lost", partly=True, ongoing=False),)
