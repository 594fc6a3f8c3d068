"""Answers of other threads: their errors, their time, and streams that nobody waits for any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from server.api.streams import Streams
from server.codes import Code
from server.publish.channel import ConflatedChannel, Overflow
from server.quotas import Peer, caller
from server.request_errors import RequestError, invalid
from server.transport.http.answering import Answering
from server.transport.http.dispatch import StreamCall
from server.transport.http.event_framing import EventFraming
from server.transport.http.rpc_messages import RpcMessages
from tests.waiting import eventually

WHO = Peer("ipv4:127.0.0.1:5")
FRAMING = EventFraming(RpcMessages("onebook.v1.MarketDataService", "StreamBook"))


@pytest.fixture
def answering() -> Iterator[Answering]:
    made = Answering(Streams(2))
    yield made
    made.close()


def outcome(wanted: Callable[[], Coroutine[Any, Any, object]]) -> object:
    """What a coroutine returns, or the code of its error."""
    try:
        return asyncio.run(wanted())
    except RequestError as error:
        return error.code


def test_an_answer_is_made_on_another_thread_that_knows_who_asks(answering: Answering) -> None:
    thread, who = asyncio.run(answering.made(WHO, lambda: (threading.current_thread(), caller.get())))
    assert thread is not threading.current_thread()
    assert who is WHO


def test_errors_come_back(answering: Answering) -> None:
    def refuse() -> None:
        raise invalid("levels", "was 0")

    assert outcome(lambda: answering.made(WHO, refuse)) is Code.INVALID_ARGUMENT
    assert outcome(lambda: answering.made(WHO, lambda: 1 // 0)) is Code.INTERNAL


def test_an_answer_that_takes_too_long(answering: Answering) -> None:
    go = threading.Event()
    assert outcome(lambda: answering.made(WHO, go.wait, 0.05)) is Code.DEADLINE_EXCEEDED
    go.set()
    assert outcome(lambda: answering.made(WHO, lambda: 7, 60)) == 7


def test_a_stream_that_begins_too_late_is_closed() -> None:
    channel, go, streams = ConflatedChannel(), threading.Event(), Streams(2)
    answering = Answering(streams)

    def opened() -> tuple[ConflatedChannel, Overflow]:
        go.wait(60)
        return channel, Overflow.DROP_OLDEST

    async def late() -> None:
        with pytest.raises(RequestError):
            await answering.opened(WHO, StreamCall("StreamBook", opened, FRAMING), 0.05)
        go.set()
        while len(streams.quota):  # The stream begins on another thread.
            await asyncio.sleep(0.01)

    asyncio.run(late())
    assert len(streams) == 0
    answering.close()


def test_streams_end_and_give_their_place_back() -> None:
    channel, streams = ConflatedChannel(), Streams(2)
    answering = Answering(streams)

    async def both() -> bytes:
        call = StreamCall("StreamBook", lambda: (channel, Overflow.DROP_OLDEST), FRAMING)
        stream = await answering.opened(WHO, call)
        answering.end_streams("why")
        pieces = [piece async for piece in stream.pieces(FRAMING)]
        answering.ended(stream)
        return b"".join(pieces)

    assert b'"why"' in asyncio.run(both())
    eventually(lambda: len(streams) == 0)
    assert len(channel) == 0
    answering.close()


def test_a_stream_that_nobody_waits_for_any_more_is_closed() -> None:
    """Its opener is cancelled in the very turn of the loop in which the stream has begun."""
    channel, streams = ConflatedChannel(), Streams(2)
    answering = Answering(streams)
    call = StreamCall("StreamBook", lambda: (channel, Overflow.DROP_OLDEST), FRAMING)

    async def cancelled() -> None:
        opener = asyncio.ensure_future(answering.opened(WHO, call))
        await asyncio.sleep(0)
        eventually(lambda: len(channel) == 1)  # The loop stands still meanwhile.
        asyncio.get_running_loop().call_soon(opener.cancel)
        with pytest.raises(asyncio.CancelledError):
            await opener
        assert len(streams) == 0

    asyncio.run(cancelled())
    assert len(channel) == 0
    answering.close()
