"""The ring in Python; test_ring_access.py holds both rings against a model."""

from __future__ import annotations

from recording.pure_ring import space


def test_bodies_are_padded_to_eight_bytes() -> None:
    assert [space(length) for length in (0, 1, 8, 9)] == [32, 40, 40, 48]
