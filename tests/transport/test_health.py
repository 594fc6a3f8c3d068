"""Health by name, as an answer and as a stream: also of names that come later, and of very many."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2 as pb
from grpc_health.v1 import health_pb2_grpc as stubs

from server.transport import health as module
from server.transport.health import Health

from ..api.conftest import Rig

State = pb.HealthCheckResponse


def stub(rig: Rig) -> Any:
    return stubs.HealthStub(rig.channel)


def code(call: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as error:
        call()
    refusal: Any = error.value
    return refusal.code()  # type: ignore[no-any-return]


def test_a_name_that_comes_and_goes(rig: Rig) -> None:
    watch = stub(rig).Watch(pb.HealthCheckRequest(service="SOL/USDT"), timeout=60)
    assert next(watch).status == State.SERVICE_UNKNOWN
    rig.server.report("SOL/USDT", True)
    assert next(watch).status == State.SERVING
    rig.server.report("SOL/USDT", True)
    rig.server.report("SOL/USDT", False)
    assert next(watch).status == State.NOT_SERVING, "the same status again is no news"
    rig.server.report("SOL/USDT", None)
    assert next(watch).status == State.SERVICE_UNKNOWN
    assert code(lambda: stub(rig).Check(pb.HealthCheckRequest(service="SOL/USDT"))) is grpc.StatusCode.NOT_FOUND


def test_a_watcher_that_does_not_read_holds_nobody_up(rig: Rig) -> None:
    lazy = [stub(rig).Watch(pb.HealthCheckRequest(), timeout=60) for _ in range(5)]
    for number in range(2_001):
        rig.server.report("", number % 2 == 0)
    assert stub(rig).Check(pb.HealthCheckRequest(), timeout=60).status == State.SERVING
    for watch in lazy:
        watch.cancel()


def test_long_names_are_refused(rig: Rig) -> None:
    call = stub(rig).Watch(pb.HealthCheckRequest(service="x" * 201), timeout=60)
    assert code(lambda: next(call)) is grpc.StatusCode.INVALID_ARGUMENT


def test_names_that_were_watched_are_forgotten_before_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMES", 10)
    monkeypatch.setattr(module, "ON_ITS_WAY", -1.0)
    health = Health()
    for number in range(1_000):
        health._watch(pb.HealthCheckRequest(service=f"name {number}"))  # noqa: SLF001 - a moment that is hard to provoke
    assert len(health._slots) <= 10  # noqa: SLF001 - what is kept is bounded
