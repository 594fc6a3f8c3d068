"""Streams with a thread each: all that a stream does, and a stream whose thread hangs in gRPC is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import grpc
import pytest

from server.codes import Code
from server.transport.grpc import generator_stream
from server.transport.grpc.generator_stream import STUCK, GeneratorStream
from tests.publish.reader import buffer
from tests.waiting import eventually

from .service_rig import ServiceRig, ending
from .stream_contract import CONTRACT


@pytest.mark.parametrize("holds", CONTRACT, ids=lambda holds: holds.__name__)
def test_what_every_stream_does(holds: Callable[[str], None]) -> None:
    holds("generator")


@pytest.mark.slow
def test_an_end_waits_for_no_client_whose_message_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = ServiceRig("generator", buffer(1000))
    try:
        stream = rig.read()
        member = rig.stall()
        assert isinstance(member, GeneratorStream)
        now = member.in_flight_since + STUCK + 1
        monkeypatch.setattr(generator_stream, "time", SimpleNamespace(monotonic=lambda: now))
        member.end(Code.RESOURCE_EXHAUSTED, "nothing was read for too long")
        eventually(lambda: len(rig.streams) == 0, "its place is free though its client reads nothing")
        assert ending(stream)[0] in (grpc.StatusCode.CANCELLED, grpc.StatusCode.RESOURCE_EXHAUSTED)
    finally:
        rig.close()
