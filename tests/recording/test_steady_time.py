"""A clock that jumps removes nothing."""

from __future__ import annotations

from recording import SteadyTime


def test_only_what_has_passed_counts() -> None:
    wall, passed = [1000], [50]
    steady = SteadyTime(lambda: wall[0], lambda: passed[0])
    assert steady() == 1000
    wall[0], passed[0] = 1010, 60
    assert steady() == 1010
    wall[0] += 10**18
    assert steady() == 1010, "put forward"
    wall[0] = 500
    assert steady() == 500, "put back"
