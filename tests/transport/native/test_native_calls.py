"""Calls of the engine: each is answered once, and a defect in one costs the others nothing."""

from __future__ import annotations

import threading
from typing import Any

import grpc
import pytest

from server.api.calls import Unary
from server.transport.native import AVAILABLE
from tests.api.conftest import Failure
from tests.waiting import eventually

from ..service_rig import ServiceRig

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")


def served(engine: str, **unary: Any) -> ServiceRig:
    return ServiceRig(engine, unary={name: Unary(answer, bytes) for name, answer in unary.items()}, limit=50)


def test_calls_at_once_are_answered_each_with_its_own(engine: str) -> None:
    rig = served(engine, Echo=bytes)
    calls = [rig.client.unary_unary("/a.Service/Echo").future(b"%d" % number, timeout=30) for number in range(300)]
    assert [call.result() for call in calls] == [b"%d" % number for number in range(300)]
    rig.close()


def test_a_slow_answer_holds_nobody_up(engine: str) -> None:
    go_on = threading.Event()
    rig = served(engine, Slow=lambda _request: b"late" if go_on.wait(30) else b"never", Echo=bytes)
    slow = rig.client.unary_unary("/a.Service/Slow").future(b"", timeout=30)
    assert rig.call("Echo", b"quick") == b"quick"
    go_on.set()
    assert slow.result() == b"late"
    rig.close()


def test_a_call_whose_client_has_gone_is_forgotten(engine: str) -> None:
    go_on, answered = threading.Event(), threading.Event()

    def slow(_request: bytes) -> bytes:
        go_on.wait(30)
        answered.set()
        return b"nobody reads it"

    rig = served(engine, Slow=slow, Echo=bytes)
    call = rig.client.unary_unary("/a.Service/Slow").future(b"", timeout=30)
    calls = rig.server._calls._calls  # noqa: SLF001 - nothing is left behind
    eventually(lambda: calls)
    call.cancel()
    eventually(lambda: not calls)
    go_on.set()
    assert answered.wait(10)
    assert rig.call("Echo", b"next") == b"next"
    rig.close()


def test_a_defect_in_what_serves_ends_one_call(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = served(engine, Echo=bytes)
    with monkeypatch.context() as patched:

        def broken(*_arguments: Any) -> None:
            raise RuntimeError("a defect")

        patched.setattr(type(rig.server._calls), "_admitted", broken)  # noqa: SLF001 - a moment that is hard to provoke
        with pytest.raises(Failure) as caught:
            rig.call("Echo")
        assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert rig.call("Echo", b"well") == b"well"
    rig.close()
