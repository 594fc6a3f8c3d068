"""One call without a thread that waits: each step of it is taken once, and what fails ends it with a status."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

from server.request_errors import invalid
from server.transport.grpc import private_grpc
from server.transport.grpc.call import Call
from server.transport.grpc.receive import Inline
from tests.waiting import eventually

from .service_rig import SECONDS, ending

pytestmark = pytest.mark.skipif(not private_grpc.AVAILABLE, reason="this grpcio lacks the private names")


class Rig(grpc.GenericRpcHandler):  # type: ignore[type-arg]
    """A server that hands every call to the test."""

    def __init__(self) -> None:
        self.begin: Callable[[Call], None] = lambda _call: None
        self.calls: list[Call] = []
        self.server = grpc.server(Inline())
        self.server.add_generic_rpc_handlers((self,))
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.channel: Any = grpc.insecure_channel(f"127.0.0.1:{port}")

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any]:
        def accept(_requests: Any, context: Any, _send: Any) -> None:
            call = Call(context)
            self.calls.append(call)
            self.begin(call)

        accept.experimental_non_blocking = True  # type: ignore[attr-defined]
        return grpc.stream_stream_rpc_method_handler(accept)

    def ask(self, *requests: bytes) -> Any:
        return self.channel.stream_stream("/a.Service/Any")(iter(requests), timeout=SECONDS)

    def close(self) -> None:
        self.channel.close()
        self.server.stop(0).wait()


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.close()


def test_a_request_is_received_and_answered(rig: Rig) -> None:
    rig.begin = lambda call: call.receive(lambda request: call.answer((request or b"") * 2))
    assert list(rig.ask(b"ab")) == [b"abab"]
    eventually(lambda: not rig.calls[0].active)
    assert rig.calls[0].peer.connection.startswith("ipv4:127.0.0.1:")


def test_a_client_that_sends_nothing_more_is_told_apart(rig: Rig) -> None:
    received: list[bytes | None] = []

    def next_request(call: Call) -> None:
        def got(request: bytes | None) -> None:
            received.append(request)
            if request is None:
                call.answer(None)
            else:
                next_request(call)

        call.receive(got)

    rig.begin = next_request
    assert list(rig.ask(b"", b"two")) == []
    assert received == [b"", b"two", None], "an empty message is a message"


def test_messages_go_out_one_after_the_other(rig: Rig) -> None:
    def count(call: Call, number: int = 0) -> None:
        if number == 200:
            call.answer(None)
        else:
            call.send(b"%d" % number, lambda: count(call, number + 1))

    rig.begin = count
    assert list(rig.ask()) == [b"%d" % number for number in range(200)]


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (invalid("levels", "was 0"), grpc.StatusCode.INVALID_ARGUMENT, "levels: was 0"),
        (KeyError("secret"), grpc.StatusCode.INTERNAL, "the call could not be continued, see the server's log"),
    ],
)
def test_a_step_that_fails_ends_the_call_and_not_the_thread(
    rig: Rig, caplog: pytest.LogCaptureFixture, error: Exception, code: grpc.StatusCode, words: str
) -> None:
    def fail(_request: bytes | None) -> None:
        raise error

    rig.begin = lambda call: call.receive(fail)
    assert ending(rig.ask(b"x")) == (code, words)
    assert ("Traceback" in caplog.text) is (code is grpc.StatusCode.INTERNAL)
    rig.begin = lambda call: call.receive(lambda _request: call.answer(b"next"))
    assert list(rig.ask(b"y")) == [b"next"], "the serving thread goes on"


def test_the_first_status_holds_and_nothing_is_sent_behind_it(rig: Rig) -> None:
    def end_twice(call: Call) -> None:
        call.end(grpc.StatusCode.NOT_FOUND, "first")
        call.end(grpc.StatusCode.INTERNAL, "second")
        call.fail(invalid("x", "third"))
        call.send(b"late", lambda: None)
        call.receive(lambda _request: None)

    rig.begin = end_twice
    assert ending(rig.ask(b"x")) == (grpc.StatusCode.NOT_FOUND, "first")


def test_a_client_that_has_gone_is_noticed(rig: Rig) -> None:
    gone = threading.Event()
    rig.begin = lambda call: call.context.add_callback(gone.set)
    stream = rig.ask(b"x")
    eventually(lambda: rig.calls)
    (call,) = rig.calls
    assert call.active
    stream.cancel()
    assert gone.wait(SECONDS)
    assert not call.active
    call.send(b"nobody", lambda: None)
    call.end(grpc.StatusCode.INTERNAL, "nobody")


def test_a_handler_that_fails_gives_the_call_its_status(rig: Rig) -> None:
    def behaviour(_request: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        raise AssertionError("abort() returned")

    went_well: list[bool] = []
    rig.begin = lambda call: call.receive(lambda request: went_well.append(call.behave(behaviour, request)[1]))
    assert ending(rig.ask(b"x")) == (grpc.StatusCode.UNAVAILABLE, "not now")
    eventually(lambda: went_well == [False])
