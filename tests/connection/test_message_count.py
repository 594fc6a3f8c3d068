"""Numbers of all messages of a connection."""

from __future__ import annotations

import pytest

from server.connection.message_count import MessageCount


@pytest.mark.parametrize(
    ("numbers", "verdicts"),
    [
        ([0, 1, 2], "APPLY APPLY APPLY"),
        ([7, 8, 8, 7, 9], "APPLY APPLY STALE STALE APPLY"),
        ([7, 9, 10], "APPLY GAP APPLY"),
    ],
)
def test_the_count(numbers: list[int], verdicts: str) -> None:
    count = MessageCount()
    assert " ".join(count.check(number).name for number in numbers) == verdicts


def test_a_hole_says_where_it_is() -> None:
    count = MessageCount()
    count.check(7)
    count.check(9)
    assert count.fault == "after message 7 of the connection came 9"
    count.clear()
    assert count.check(1).name == "APPLY"
