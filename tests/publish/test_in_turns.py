"""A step that asks for itself runs again afterwards, and never inside of itself."""

from __future__ import annotations

from server.publish.in_turns import InTurns


def test_a_step_that_asks_for_itself_is_done_again_and_not_deeper() -> None:
    left, depth, deepest = [5000], [0], [0]

    def step() -> None:
        depth[0] += 1
        deepest[0] = max(deepest[0], depth[0])
        left[0] -= 1
        if left[0]:
            turns()
        depth[0] -= 1

    turns = InTurns(step)
    turns()
    assert (left[0], deepest[0]) == (0, 1)
    left[0] = 1
    turns()
    assert left[0] == 0, "the next call does the step again"
