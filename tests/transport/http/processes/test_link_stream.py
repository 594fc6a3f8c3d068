"""A stream as the server knows it: opened, ended, and over once."""

from __future__ import annotations

from server.codes import Code
from server.publish.channel import ConflatedChannel, Overflow
from server.transport.http.processes import link_frames as kinds
from server.transport.http.processes.link_stream import LinkStream
from server.transport.http.processes.link_topics import LinkTopics

from .links import Said


def made(said: Said, overflow: Overflow = Overflow.DROP_OLDEST) -> tuple[LinkStream, ConflatedChannel, list[str]]:
    channel, over = ConflatedChannel(), list[str]()
    stream = LinkStream(5, ("a.Service", "Read"), channel, overflow, LinkTopics(said), said)
    stream.start(lambda: over.append("over"))
    return stream, channel, over


def test_it_is_opened_before_it_is_ended() -> None:
    said = Said()
    stream, _, _ = made(said, Overflow.DISCONNECT)
    stream.end(Code.NOT_FOUND, "first")
    stream.end(Code.INTERNAL, "second")
    assert [told.kind for told in said.frames] == [kinds.TOPIC]
    stream.opened()
    _, opened, end = said.take()
    assert (opened.kind, opened.number, opened.second) == (kinds.OPENED, 5, 1)
    assert (end.kind, end.number, end.first, end.body) == (kinds.END, 5, Code.NOT_FOUND.value, b"first")


def test_it_is_over_once() -> None:
    stream, channel, over = made(Said())
    stream.opened()
    assert len(channel) == 1
    for _ in range(2):
        stream.over()
    assert (len(channel), over) == (0, ["over"])
