"""Records become one payload: first all heads, then all bodies."""

from __future__ import annotations

import pytest

from recording import layout
from recording.payload import Payload
from tests.recording.samples import NOON, RUN, SOURCE, message


def test_heads_come_first_and_bodies_follow() -> None:
    payload = Payload()
    for each in (message(9), message(3), message(5)):
        payload.add(each)
    packed = payload.packed()
    assert len(packed) == payload.size == 3 * (layout.RECORD_HEAD.size + 100)
    assert packed[96:] == message(9).body + message(3).body + message(5).body
    assert layout.RECORD_HEAD.unpack_from(packed, 32) == (100, 1, 2, NOON + 3000, 3)
    assert (payload.first_time, payload.last_time) == (NOON + 3000, NOON + 9000)


def test_definitions_are_remembered() -> None:
    payload = Payload()
    for each in (RUN, message(1), SOURCE):
        payload.add(each)
    assert payload.definitions == [RUN, SOURCE]


def test_a_body_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recording.payload.LARGEST_BODY", 99)
    with pytest.raises(ValueError, match="100 bytes is larger than 99"):
        Payload().add(message(1))
