"""Lines that repeat are said once per period with the count of what was left out, whoever makes up their kinds."""

from __future__ import annotations

from itertools import count

from server.repeats import Repeats


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_first_of_a_kind_is_said_and_the_rest_counted() -> None:
    clock = Clock()
    repeats = Repeats(period=60.0, most=20, clock=clock)
    assert [repeats.admit("a") for _ in range(114_100)] == [0, *[None] * 114_099]
    assert repeats.admit("b") == 114_099, "the next line tells the count"
    clock.now += 59.0
    assert repeats.admit("a") is None
    clock.now += 1.0
    assert repeats.admit("a") == 1
    assert repeats.admit("a") is None


def test_kinds_without_an_end_are_bounded_too() -> None:
    clock = Clock()
    repeats = Repeats(period=60.0, most=20, clock=clock)
    kinds = (str(number) for number in count())
    said = told = 0
    for _ in range(12_000):
        clock.now += 0.01
        left_out = repeats.admit(next(kinds))
        if left_out is not None:
            said, told = said + 1, told + left_out
    assert said <= 3 * 20, "two minutes of them"
    assert len(repeats._said) <= 40  # noqa: SLF001 - what is kept is bounded
    clock.now += 60.0
    assert said + told + (repeats.admit("last") or 0) == 12_000
