"""Ids that were seen are known for at least a generation, and memory is that of two."""

from __future__ import annotations

from server.analytics.seen_ids import SeenIds


def test_an_id_is_new_once() -> None:
    seen = SeenIds()
    assert seen.add("1")
    assert not seen.add("1")
    assert seen.add(("venue", "1"))


def test_old_generations_are_forgotten() -> None:
    seen = SeenIds()
    for number in range(4096):
        assert seen.add(number)
    assert seen.full
    seen.turn()
    assert not seen.full
    assert not seen.add(0), "of the generation before"
    seen.turn()
    assert seen.add(5000)
    assert seen.add(7)
