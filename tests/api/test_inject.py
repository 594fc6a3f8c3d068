"""Whatever fails inside: every call answers with a documented code, streams go on, and all is well afterwards."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from orderbook_ext import BookError
from server.market.feed_listener import MarketListener
from server.publish.topics import BookTopic
from server.transport.grpc import push_stream as push
from tests.transport.servers import TRANSPORTS
from tests.waiting import eventually

from .conftest import Failure
from .injected import DOCUMENTED, Call, Injected, Step, calls, failing, recorded, steps

STEPS = list(steps())
# Calls that leave something changed behind themselves, which the others find.
LASTING = ("AddMarket", "RemoveMarket", "AddVenue", "RemoveVenue")
AT_ONCE = 8
# gRPC refuses calls of a connection beside too many that have failed and are not freed yet.
STEPS_PER_CONNECTION = 8


class Reader:
    """Reads one stream on a thread; opens it again when it ended."""

    def __init__(self, rig: Injected, call: Call) -> None:
        self.call = call
        self.messages = 0
        self.last = b""
        self.codes: list[Any] = []
        self._rig = rig
        self._stream: Any = None
        self._closed = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._closed:
            self._stream = self._rig.channel.unary_stream(self.call.path)(self.call.request.SerializeToString())
            try:
                for message in self._stream:
                    self.messages += 1
                    self.last = message
            except grpc.RpcError as error:
                self.codes.append(error.code())
            time.sleep(0.02)

    def close(self) -> None:
        self._closed = True
        if self._stream is not None:
            self._stream.cancel()
        self._thread.join(10)


@pytest.fixture(params=TRANSPORTS)
def injected(request: pytest.FixtureRequest) -> Iterator[Injected]:
    rig = Injected(request.param)
    yield rig
    rig.close()


def code_of(rig: Injected, call: Call) -> Any:
    """How a call ends; of a stream, how it begins: with a message, or silent until it is cancelled."""
    try:
        answer = rig.call(call)
        if call.streaming:
            watch = threading.Timer(0.015, answer.cancel)
            watch.start()
            next(iter(answer), None)
            watch.cancel()
            answer.cancel()
    except grpc.RpcError as error:
        failure: Any = error
        return failure.code()
    return grpc.StatusCode.OK


def is_command(call: Call) -> bool:
    return "ControlService" in call.path


def codes_of(rig: Injected, made: list[Call], pool: ThreadPoolExecutor) -> list[tuple[Call, Any]]:
    """How each call ends. Those that read are made at the same time, as most of it is waiting; behind them commands,
    one after the other: each takes back what the one before it did."""
    reading = [call for call in made if not is_command(call)]
    found = [(call, pool.submit(code_of, rig, call)) for call in reading]
    codes = [(call, future.result()) for call, future in found]
    return codes + [(call, code_of(rig, call)) for call in made if call not in reading]


def is_documented(call: Call, code: Any) -> bool:
    return code in DOCUMENTED | {grpc.StatusCode.OK} or (call.streaming and code is grpc.StatusCode.CANCELLED)


def name_of(step: Step) -> str:
    return f"{getattr(step[0], '__qualname__', step[0].__name__)}.{step[1]}"


def test_every_call_is_served_in_normal_times(injected: Injected) -> None:
    made = calls()
    assert {call.name for call in made} >= {"GetBook", "StreamQuote", "AddVenue", "BookSummary", "GetCandles"}
    order = {"AddMarket": 1, "RemoveMarket": 2, "AddVenue": 1, "RemoveVenue": 2}
    for call in sorted(made, key=lambda each: order.get(each.name, 0)):
        assert code_of(injected, call) in (grpc.StatusCode.OK, *[grpc.StatusCode.CANCELLED] * call.streaming), call.name


class Reached:
    """Which steps each call takes in normal times, while it is made and, of a stream, while it is read: only where a
    step is taken can its failure be seen."""

    def __init__(self, rig: Injected, made: list[Call]) -> None:
        self._made = made
        self._by_call: dict[str, set[Step]] = {call.name: set() for call in made}
        reached: set[Step] = set()
        mends = [recorded(step, reached) for step in STEPS]
        for begin in (code_of, self._read, code_of):  # Commands have another state before them the second time.
            for call in made:
                reached.clear()
                begin(rig, call)
                self._by_call[call.name] |= reached
        for mend in reversed(mends):
            mend()

    def _read(self, rig: Injected, call: Call) -> None:
        if not call.streaming:
            return
        reader = Reader(rig, call)
        eventually(lambda: reader.messages)
        rig.move()
        eventually(lambda: reader.messages > 1)
        reader.close()

    def calls(self, step: Step) -> list[Call]:
        """The calls that a failure of the step concerns. A command takes back what another did: all of them or none."""
        concerned = [call for call in self._made if step in self._by_call[call.name]]
        if any(map(is_command, concerned)):
            return [call for call in self._made if call in concerned or is_command(call)]
        return concerned


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # Threads of one command.
@pytest.mark.parametrize(("transport", "kind"), [("push", RuntimeError), ("generator", BookError)])
def test_no_failure_inside_is_unknown_outside(transport: str, kind: type[Exception]) -> None:
    if transport == "push" and not push.AVAILABLE:
        pytest.skip("this grpcio lacks the private names")
    injected = Injected(transport)
    made = calls()
    reached = Reached(injected, made)
    assert all(any(call is each for step in STEPS for each in reached.calls(step)) for call in made)
    readers = [Reader(injected, call) for call in made if call.streaming]
    pool = ThreadPoolExecutor(AT_ONCE)
    wrong = []
    for number, step in enumerate(STEPS):
        if number % STEPS_PER_CONNECTION == 0:
            injected.reconnect()
        mend = failing(step, kind(f"{name_of(step)} was made fail"))
        try:
            injected.dispatcher._wake.set()  # noqa: SLF001 - a test does not wait for a heartbeat
            wrong += [
                (name_of(step), call.name, str(code))
                for call, code in codes_of(injected, reached.calls(step), pool)
                if not is_documented(call, code)
            ]
        finally:
            mend()
    pool.shutdown()
    injected.reconnect()
    known = {reader.call.name: reader.messages for reader in readers}
    injected.move()
    eventually(lambda: all(reader.messages > known[reader.call.name] for reader in readers))
    for reader in readers:
        reader.close()
        unknown = set(reader.codes) - DOCUMENTED - {grpc.StatusCode.CANCELLED}
        wrong += [("while streaming", reader.call.name, str(code)) for code in unknown]
    assert not wrong
    for call in made:
        if call.name not in LASTING:
            assert code_of(injected, call) in (grpc.StatusCode.OK, grpc.StatusCode.CANCELLED), call.name
    injected.close()


@pytest.mark.parametrize("kind", [BookError, RuntimeError])
def test_streams_say_that_nothing_can_be_said_and_get_well(injected: Injected, kind: type[Exception]) -> None:
    """A book stream whose encoding fails: no stale levels, a reason, heartbeats all the time, and the book again."""
    stream = injected.channel.unary_stream("/onebook.v1.MarketDataService/StreamBook")(
        pb.StreamBookRequest().SerializeToString()
    )
    books = (pb.StreamBookResponse.FromString(each).book for each in stream)
    first = next(books)
    assert len(first.bids) == 2
    mend = failing((BookTopic, "_message"), kind("the encoder is broken"))
    injected.move()
    hidden = next(book for book in books if not book.bids)
    assert {quality.state for quality in hidden.venues} == {types_pb2.VENUE_STATE_SUSPECT}
    assert all("could not be made" in quality.detail for quality in hidden.venues)
    beats = [next(books) for _ in range(3)]
    assert all(beat.header.heartbeat and not beat.bids for beat in beats)
    late = injected.channel.unary_stream("/onebook.v1.MarketDataService/StreamBook")(
        pb.StreamBookRequest().SerializeToString()
    )
    assert not pb.StreamBookResponse.FromString(next(iter(late))).book.bids, "the book before is not the one of now"
    mend()
    injected.move()
    whole = next(book for book in books if book.bids)
    assert whole.header.sequence > beats[-1].header.sequence
    stream.cancel()
    late.cancel()


def fails(*_: object) -> None:
    raise RuntimeError("a listener is broken")


def test_one_topic_and_one_listener_do_not_stop_the_others(injected: Injected) -> None:
    methods = [name for name, value in inspect.getmembers(MarketListener, inspect.isfunction) if name[0] != "_"]
    assert {"tick", "trade", "book_changed", "market_removed"} <= set(methods)
    broken = type("Broken", (MarketListener,), dict.fromkeys(methods, fails))()
    injected.dispatcher.listen(broken)
    readers = [Reader(injected, call) for call in calls() if call.streaming]
    mend = failing((BookTopic, "_message"), RuntimeError("one topic"))
    known = {reader.call.name: reader.messages for reader in readers}
    injected.move()
    eventually(lambda: all(reader.messages > known[reader.call.name] + 2 for reader in readers))
    mend()
    for reader in readers:
        reader.close()
        assert set(reader.codes) <= {grpc.StatusCode.CANCELLED}, reader.call.name


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.name)
def test_garbage_and_endless_names_are_refused(call: Call) -> None:
    rig = Injected("push" if push.AVAILABLE else "generator")
    opened = rig.channel.unary_stream if call.streaming else rig.channel.unary_unary
    requests = [b"\xff\xff\xff"]
    if "market" in call.request.DESCRIPTOR.fields_by_name:
        requests += [b"\x0a\x02\xff\xfe", type(call.request)(market="x" * 60_000).SerializeToString()]
    for request in requests:
        with pytest.raises(Failure) as caught:
            answer = opened(call.path)(request, timeout=20)
            next(answer if call.streaming else iter(()))
        assert caught.value.code() in DOCUMENTED
    rig.close()
