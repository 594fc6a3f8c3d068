"""How calls are received: who sends no request holds no thread and gets an end, and places come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from server.quotas import Quota
from server.transport.grpc import private_grpc
from server.transport.grpc.receive import Inline, Receiver
from server.transport.limits import CALLS, HALF_OPEN_PER_CONNECTION, THREADS
from tests.api.conftest import Failure
from tests.waiting import eventually

from .service_rig import SECONDS, ending

pytestmark = pytest.mark.skipif(not private_grpc.AVAILABLE, reason="this grpcio lacks the private names")
WITHIN = 1.0


class Rig:
    """A server of hand-made handlers behind a receiver."""

    def __init__(self, within: float = WITHIN) -> None:
        self.streams = Quota("streams", "streams", 4, 1.0)
        self.receiver = Receiver(self.streams, within)
        self.server = grpc.server(self.receiver.pool, options=[("grpc.max_concurrent_streams", 10_000)])
        self.held, self.released = threading.Semaphore(0), threading.Event()
        handlers = {
            "Double": grpc.unary_unary_rpc_method_handler(lambda request, _context: request * 2),
            "Hold": grpc.unary_unary_rpc_method_handler(self._hold),
            "Answers": grpc.stream_stream_rpc_method_handler(self._answers),
        }
        handler = grpc.method_handlers_generic_handler("a.Service", handlers)
        self.server.add_generic_rpc_handlers((self.receiver.adapt(handler),))
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.receiver.start()
        self.server.start()
        self.channel: Any = grpc.insecure_channel(f"127.0.0.1:{port}")

    def _hold(self, request: bytes, _context: grpc.ServicerContext) -> bytes:
        self.held.release()
        assert self.released.wait(SECONDS)
        return request

    @staticmethod
    def _answers(requests: Iterator[bytes], _context: grpc.ServicerContext) -> Iterator[bytes]:
        for request in requests:
            yield from (request, request)

    def silent(self) -> Any:
        """A call whose request never comes."""
        return self.channel.stream_unary("/a.Service/Double")(self.never(), timeout=SECONDS, wait_for_ready=True)

    def never(self) -> Iterator[bytes]:
        self.released.wait(SECONDS)
        yield from ()

    def call(self, name: str, request: bytes) -> Any:
        return self.channel.unary_unary(f"/a.Service/{name}").future(request, timeout=SECONDS)

    def close(self) -> None:
        self.released.set()
        self.channel.close()
        self.server.stop(0).wait()
        self.receiver.stop()


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.close()


def test_what_is_given_to_the_pool_is_done_at_once() -> None:
    done = Inline().submit(lambda *numbers: sum(numbers), 1, 2)
    assert done.done()
    assert done.result() == 3


def test_more_calls_than_threads_are_answered(rig: Rig) -> None:
    calls = [rig.call("Double", b"%d" % number) for number in range(3 * THREADS)]
    assert [call.result(SECONDS) for call in calls] == [b"%d" % number * 2 for number in range(3 * THREADS)]


def test_who_sends_no_request_holds_no_thread_and_gets_an_end(rig: Rig) -> None:
    silent = [threading.Thread(target=lambda: outcomes.append(failure(rig.silent))) for _ in range(THREADS + 4)]
    outcomes: list[tuple[grpc.StatusCode, str]] = []
    for thread in silent:
        thread.start()
    assert rig.call("Double", b"a").result(SECONDS) == b"aa"
    for thread in silent:
        thread.join(SECONDS)
    words = f"the request did not come within {WITHIN:g} s"
    assert outcomes == [(grpc.StatusCode.DEADLINE_EXCEEDED, words)] * len(silent)


def failure(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(Failure) as caught:
        call()
    return caught.value.code(), caught.value.details()


def test_a_client_has_so_many_calls_without_a_request() -> None:
    rig = Rig(within=SECONDS)
    try:
        open_call = rig.channel.stream_stream("/a.Service/Answers")
        waiting = [open_call(rig.never(), timeout=SECONDS) for _ in range(HALF_OPEN_PER_CONNECTION)]
        eventually(lambda: len(rig.receiver._half_open) == HALF_OPEN_PER_CONNECTION)  # noqa: SLF001 - what is kept is bounded
        code, words = ending(open_call(rig.never(), timeout=SECONDS))
        assert (code, words) == (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "too many calls of this client have no request yet",
        )
        assert rig.call("Double", b"a").code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        waiting.pop().cancel()
        eventually(lambda: rig.call("Double", b"a").exception(SECONDS) is None, "a place comes back with its call")
    finally:
        rig.close()


def test_a_call_without_a_request_that_closes_its_side(rig: Rig) -> None:
    code, words = failure(lambda: rig.channel.stream_unary("/a.Service/Double")(iter(()), timeout=SECONDS))
    assert (code, words) == (grpc.StatusCode.INVALID_ARGUMENT, "request: is missing")


def test_a_conversation_is_answered_request_by_request_and_counts_as_a_stream(rig: Rig) -> None:
    go_on = threading.Event()

    def requests() -> Iterator[bytes]:
        yield b"one"
        assert go_on.wait(SECONDS)
        yield b"two"

    answers = rig.channel.stream_stream("/a.Service/Answers")(requests(), timeout=SECONDS)
    assert [next(answers), next(answers)] == [b"one", b"one"]
    assert len(rig.streams) == 1
    go_on.set()
    assert list(answers) == [b"two", b"two"]
    eventually(lambda: len(rig.streams) == 0)


@pytest.mark.slow
def test_calls_that_are_made_or_read_have_a_limit(rig: Rig) -> None:
    held = [rig.call("Hold", b"%d" % number) for number in range(CALLS)]
    for _ in range(THREADS):
        assert rig.held.acquire(timeout=SECONDS)
    eventually(lambda: any(call.done() for call in held), "calls above the limit are refused")
    refused = [call for call in held if call.done()]
    assert {call.code() for call in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    rig.released.set()
    for number, call in enumerate(held):
        if call not in refused and call.exception(SECONDS) is None:
            assert call.result() == b"%d" % number
    assert rig.call("Double", b"a").result(SECONDS) == b"aa", "places come back"


def test_a_method_that_is_not_there() -> None:
    rig = Rig()
    try:
        assert rig.call("Nothing", b"").code() is grpc.StatusCode.UNIMPLEMENTED
    finally:
        rig.close()
