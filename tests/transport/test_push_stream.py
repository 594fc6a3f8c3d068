"""Streams without a thread: all that a stream does, and a status that is not read is not waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import grpc
import pytest

from server.codes import Code
from server.transport.grpc import push_stream
from server.transport.grpc.push_stream import STATUS_WITHIN, PushStream
from server.transport.limits import THREADS
from tests.publish.reader import buffer
from tests.waiting import eventually

from .service_rig import ServiceRig, ending
from .stream_contract import CONTRACT

pytestmark = pytest.mark.skipif(not push_stream.AVAILABLE, reason="this grpcio lacks the private names")


@pytest.mark.parametrize("holds", CONTRACT, ids=lambda holds: holds.__name__)
def test_what_every_stream_does(holds: Callable[[str], None]) -> None:
    holds("push")


def test_many_streams_have_no_thread_each() -> None:
    rig = ServiceRig("push", buffer(), limit=200)
    try:
        streams = [rig.read() for _ in range(3 * THREADS)]
        rig.publish(b"one")
        assert [next(stream) for stream in streams] == [b"one"] * len(streams)
        serving = [thread.name for thread in threading.enumerate() if thread.name.startswith("grpc")]
        assert len(serving) <= THREADS, serving
    finally:
        rig.close()


def test_a_status_that_is_not_read_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = ServiceRig("push", buffer(1000))
    try:
        stream = rig.read()
        member = rig.stall()
        assert isinstance(member, PushStream)
        member.end(Code.RESOURCE_EXHAUSTED, "nothing was read for too long")
        member.end(Code.RESOURCE_EXHAUSTED, "nothing was read for too long")
        assert len(rig.streams) == 1, "it may be read yet"
        later = time.monotonic() + STATUS_WITHIN + 1
        at = SimpleNamespace(monotonic=lambda: later, monotonic_ns=time.monotonic_ns)
        monkeypatch.setattr(push_stream, "time", at)
        member.end(Code.RESOURCE_EXHAUSTED, "nothing was read for too long")
        eventually(lambda: len(rig.streams) == 0, "its place is free, whether its client reads or not")
        assert ending(stream)[0] in (grpc.StatusCode.CANCELLED, grpc.StatusCode.RESOURCE_EXHAUSTED)
    finally:
        rig.close()


def test_who_reads_on_is_told_the_reason() -> None:
    rig = ServiceRig("push", buffer(1000))
    try:
        stream = rig.read()
        rig.stall().end(Code.NOT_FOUND, "the market was removed")
        assert ending(stream) == (grpc.StatusCode.NOT_FOUND, "the market was removed")
    finally:
        rig.close()
