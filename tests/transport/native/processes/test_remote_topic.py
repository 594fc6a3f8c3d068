"""Topics that serving processes read: what is written, what is said at an attach, and what is counted."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from server.transport.native import PROCESSES

pytestmark = pytest.mark.skipif(not PROCESSES, reason="serving processes were not built here")

if PROCESSES:
    from server.transport.native._board import Board, Words
    from server.transport.native.processes import frames
    from server.transport.native.processes.remote_topic import RemoteTopic

HEAD, SHAPE = struct.Struct("=6IQqQ"), struct.Struct("=QQIII8II")


class Asked:
    """Stands in for the engine."""

    def __init__(self) -> None:
        self.board = Board(1 << 22, 1 << 16)
        self.said: list[tuple[int, bytes]] = []

    def ask(self, call: int, said: bytes) -> None:
        self.said.append((call, said))


def made(engine: Any, events: bool = False, capacity: int = 0) -> RemoteTopic:
    return RemoteTopic(engine, events, capacity, {2: 4})


def test_an_attach_says_where_the_stream_begins() -> None:
    engine = Asked()
    topic = made(engine, events=True, capacity=50)
    topic.publish(b"1")
    topic.publish(b"2" * 100)
    topic.attach(77, True)
    ((call, said),) = engine.said
    kind, text, _details, _headers, body, _unused, named, loses_nothing, position = HEAD.unpack_from(said)
    assert (call, kind, named, loses_nothing, body) == (77, frames.ATTACH, 77, 1, 0)
    key, version, place, events, capacity, *fields, _unused = SHAPE.unpack(said[HEAD.size : HEAD.size + text])
    assert (key, place, version, events, capacity, fields[2]) == (topic.key, topic.place, 2, 1, 50, 4)
    assert position == 64 + 160, "each record has a head of 32 bytes, and its message in as many times 32"


def test_a_place_is_given_back_and_a_key_never_comes_again() -> None:
    engine = Asked()
    topic = made(engine)
    place, key = topic.place, topic.key
    topic.publish(b"state")
    del topic
    again = made(engine)
    assert again.place == place
    assert again.key > key
    assert engine.board.topics() == [again.key]


def test_it_is_not_busy_without_streams() -> None:
    engine = Asked()
    engine.board.join(Words())
    topic = made(engine)
    topic.publish(b"state")
    assert not topic.busy()
    assert (topic.conflated, topic.dropped) == (0, 0)


def test_what_has_no_place_is_refused() -> None:
    engine = Asked()
    with pytest.raises(MemoryError, match="too large"):
        made(engine, events=True).publish(b"x" * (1 << 15))
    with pytest.raises(MemoryError, match="full"):
        made(engine).publish(b"x" * (1 << 22))


def test_memory_is_used_again() -> None:
    engine = Asked()
    topic = made(engine)
    for size in (100, 100_000) * 200:  # 20 MB through 4 MB
        topic.publish(b"x" * size)
    for _ in range(200):
        made(engine).publish(b"x" * 100_000)


def test_there_is_a_limit_of_topics() -> None:
    engine = Asked()
    topics = [made(engine) for _ in range(16_384)]
    with pytest.raises(MemoryError, match="more than 16384 topics"):
        made(engine)
    topics.clear()
    made(engine)
