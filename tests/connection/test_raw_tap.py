"""The kinds of raw events are those of recordings."""

from __future__ import annotations

from recording import Kind
from server.connection.raw_tap import RawKind, RawTap


def test_kinds_have_the_numbers_of_the_recording() -> None:
    for kind in RawKind:
        assert Kind[kind.name] == kind


def test_a_tap_may_end_without_anybody_who_cares() -> None:
    RawTap(1, lambda *_event: None, lambda _data, _at: None).end()
