"""Times of which all trades were received: joined over ingesters, with real holes only."""

from __future__ import annotations

from server.edge.book_follower import SILENT, SOURCES
from server.edge.trade_coverage import Change, TradeCoverage

A, B = 1, 2


def test_coverage_begins_and_ends_with_the_only_ingester() -> None:
    coverage = TradeCoverage()
    assert coverage.note(A, 100, False, 0) == []
    assert coverage.note(A, 110, True, 1) == [Change(True, 110)]
    assert coverage.note(A, 200, True, 2) == []
    assert coverage.note(A, 210, False, 3) == [Change(False, 200)]
    assert coverage.note(A, 230, True, 4) == [Change(True, 230, A)], "a hole from 200 to 230"


def test_a_standby_leaves_no_hole() -> None:
    coverage = TradeCoverage()
    coverage.note(A, 100, True, 0)
    assert coverage.note(B, 150, True, 1) == []
    coverage.note(A, 160, True, 2)
    assert coverage.note(B, 170, True, SILENT + 2) == []
    assert coverage.tick(SILENT + 3) == [], "A has been silent, and B received all since 150"


def test_a_successor_that_began_too_late_leaves_a_hole() -> None:
    coverage = TradeCoverage()
    coverage.note(A, 100, True, 0)
    assert coverage.note(B, 150, True, 1) == []
    coverage.end(A)
    assert coverage.tick(2) == [Change(False, 100), Change(True, 150, B)]


def test_an_ingester_that_was_only_silent_has_missed_nothing() -> None:
    coverage = TradeCoverage()
    coverage.note(A, 100, True, 0)
    assert coverage.tick(SILENT) == [Change(False, 100)]
    assert coverage.note(A, 900, True, SILENT + 1) == [Change(True, 100)]


def test_a_gap_of_one_ingester_begins_its_times_anew() -> None:
    coverage = TradeCoverage()
    coverage.note(A, 100, True, 0)
    coverage.note(B, 100, True, 0)
    assert coverage.covers(100, 1, besides=A)
    coverage.interrupt(B, 300)
    assert not coverage.covers(200, 1, besides=A)
    assert coverage.covers(300, 1, besides=A)
    assert not coverage.covers(300, SILENT + 1, besides=A), "it is silent"


def test_epochs_are_bounded() -> None:
    coverage = TradeCoverage()
    for epoch in range(5 * SOURCES):
        coverage.note(epoch, 100 + epoch, True, epoch)
    assert len(coverage._spans) <= SOURCES  # noqa: SLF001
