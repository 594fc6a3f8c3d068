"""The stream of one book into its slot: it never waits, and nothing comes after its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.codes import Code
from server.publish.channel import ConflatedChannel
from tests.shm.shared_file_rig import SharedFileRig, encoded, make_book

pytest.importorskip("server.transport.shm._slots")

from server.transport.shm.slot_stream import SlotStream


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SharedFileRig]:
    made = SharedFileRig(tmp_path)
    yield made
    made.close()


def stream_of(rig: SharedFileRig) -> tuple[ConflatedChannel, SlotStream]:
    channel = ConflatedChannel()
    stream = SlotStream(rig.writer, rig.slot, channel)
    return channel, stream


def publish(channel: ConflatedChannel, sequence: int) -> int:
    now = time.monotonic_ns()
    channel.publish(encoded(make_book(sequence)), now)
    return now


def test_a_channel_that_has_a_book_shows_it_at_once(rig: SharedFileRig) -> None:
    channel, stream = stream_of(rig)
    at = publish(channel, 1)
    stream.begin()
    with rig.open() as books:
        book = books["BTC/USDT"].read()
        assert (book.sequence, book.publish_monotonic_nanos) == (1, at)
        assert publish(channel, 2) == books["BTC/USDT"].read().publish_monotonic_nanos
    assert channel.waits, "it takes every message at once"
    assert channel.conflated == 0


def test_nothing_is_shown_after_the_end(rig: SharedFileRig) -> None:
    channel, stream = stream_of(rig)
    publish(channel, 1)
    stream.begin()
    stream.end(Code.UNAVAILABLE, "a defect")
    assert stream.ended is Code.UNAVAILABLE
    stream.deliver(encoded(make_book(2)))
    stream.end(Code.NOT_FOUND, "the first end counts")
    with rig.open() as books:
        assert books["BTC/USDT"].read().withheld
        assert books["BTC/USDT"].version == 2


def test_a_closed_channel_removes_the_market(rig: SharedFileRig) -> None:
    channel, stream = stream_of(rig)
    publish(channel, 1)
    stream.begin()
    assert channel.close("BTC/USDT was removed") == 1
    assert stream.ended is Code.NOT_FOUND
    with rig.open() as books:
        assert books.markets == ()


def test_a_stream_that_is_closed_leaves_the_slot_as_it_is(rig: SharedFileRig) -> None:
    channel, stream = stream_of(rig)
    publish(channel, 1)
    stream.begin()
    stream.close()
    publish(channel, 2)
    assert len(channel) == 0
    with rig.open() as books:
        assert books["BTC/USDT"].read().sequence == 1
