"""A step that fails costs the others nothing, and is not passed over."""

from __future__ import annotations

import pytest

from server.analytics.attempt import all_in_turn


def test_all_have_their_turn_before_the_first_failure_is_raised() -> None:
    done = []

    def step(number: int) -> None:
        done.append(number)
        if number % 2:
            raise RuntimeError(str(number))

    with pytest.raises(RuntimeError, match="1"):
        all_in_turn(step, range(5))
    assert done == [0, 1, 2, 3, 4]
    all_in_turn(step, [2, 4])
