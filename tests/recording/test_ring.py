"""The ring's memory, counters, state and intent."""

from __future__ import annotations

import os

import pytest

from recording import RecordingError
from recording.ring import Counters, Intent, Ring, State
from tests.recording.conftest import RingMaker


def test_the_capacity_is_the_next_power_of_two(make_ring: RingMaker) -> None:
    assert make_ring(1).capacity == 1 << 16
    assert make_ring(100_000).capacity == 1 << 17
    assert make_ring(1 << 18).capacity == 1 << 18


def test_another_process_sees_the_same_ring(make_ring: RingMaker) -> None:
    first = make_ring(1 << 16)
    second = Ring(os.dup(first.descriptor))
    first.put(1, 2, b"body", 3, 4)
    batch = second.collect(1000)
    assert batch is not None
    assert batch.body.endswith(b"body")
    assert first.counters.behind == 40
    second.advance(batch.end)
    assert (first.tail, first.head, first.counters.behind) == (40, 40, 0)
    second.close()


def test_counters_add_up(make_ring: RingMaker) -> None:
    ring = make_ring(1 << 16)
    ring.count(10, 500, 1)
    ring.count(5, 50, 1)
    assert ring.counters == Counters(15, 550, 2, 0, 0, 0)


def test_the_state_has_words(make_ring: RingMaker) -> None:
    ring = make_ring(1 << 16)
    assert ring.state == (State.STARTING, "")
    ring.say(State.FAILING, "No space left on device: " + "é" * 1000)
    state, words = ring.state
    assert state is State.FAILING
    assert words.startswith("No space left on device: ééé")
    ring.say(State.RECORDING)
    assert ring.state == (State.RECORDING, "")


def test_an_intent_holds_until_its_records_are_on_the_disk(make_ring: RingMaker) -> None:
    ring = make_ring(1 << 16)
    assert ring.intent is None
    ring.intend(Intent(1, 2, 3))
    assert ring.intent == Intent(1, 2, 3)
    ring.advance(0)
    assert ring.intent is None


def test_a_descriptor_that_is_no_ring_is_refused(tmp_path: object) -> None:
    empty = os.memfd_create("empty")
    with pytest.raises(RecordingError, match="the ring cannot be opened"):
        Ring(empty)
    os.ftruncate(empty, 8192)
    with pytest.raises(RecordingError, match="of another version"):
        Ring(empty)
    os.close(empty)


def test_without_memory_files_a_temporary_file_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")
    ring = Ring.made(1 << 16)
    assert ring.put(1, 2, b"x", 3, 4)
    ring.close()
