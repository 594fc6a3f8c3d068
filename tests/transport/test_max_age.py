"""The age of connections: clients connect anew, streams end with a status, and no call is lost."""

from __future__ import annotations

import time

import grpc
import pytest

from server.api.calls import Unary
from server.publish.channel import ConflatedChannel
from server.transport.native import AVAILABLE
from tests.transport.servers import NATIVE, TRANSPORTS
from tests.waiting import eventually

from .service_rig import ServiceRig, ending


def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    if AVAILABLE:
        monkeypatch.setattr("server.transport.native.native_server.AGE_GRACE", 0.5)
    monkeypatch.setattr("server.transport.grpc.port_options.AGE_GRACE", 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_stream_on_an_old_connection_ends_unavailable(transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short_grace(monkeypatch)
    rig = ServiceRig(transport, ConflatedChannel(), max_age=0.5)
    rig.publish(b"state")
    stream = rig.read()
    assert next(stream) == b"state"
    assert ending(stream)[0] is grpc.StatusCode.UNAVAILABLE
    again = rig.client.unary_stream("/a.Service/Read")(b"", timeout=60)
    assert next(again) == b"state", "the same channel connects anew"
    rig.close()


@pytest.mark.slow
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_calls_notice_nothing(transport: str) -> None:
    rig = ServiceRig(transport, unary={"Peer": Unary(lambda _request: b"here", bytes)}, max_age=0.2)
    until, answered = time.monotonic() + 2.0, 0
    while time.monotonic() < until:
        assert rig.call("Peer") == b"here"
        answered += 1
    assert answered > 10
    if transport in NATIVE:
        eventually(lambda: rig.server.counters()["aged_connections"] >= 2)
    rig.close()


@pytest.mark.slow
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_without_an_age_connections_stay(transport: str) -> None:
    rig = ServiceRig(transport, ConflatedChannel())
    rig.publish(b"first")
    stream = rig.read()
    assert next(stream) == b"first"
    time.sleep(1.5)
    rig.publish(b"second")
    assert next(stream) == b"second"
    stream.cancel()
    rig.close()
