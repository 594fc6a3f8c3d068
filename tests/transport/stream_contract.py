"""What every stream of gRPC does, with a thread of its own or without."""

from __future__ import annotations

import time

import grpc

from server.codes import Code
from server.publish.channel import ConflatedChannel, Overflow
from server.transport.status import STATUS
from tests.publish.reader import buffer
from tests.waiting import eventually

from .service_rig import ServiceRig, ending


def sends_every_event_in_order(transport: str) -> None:
    rig = ServiceRig(transport, buffer(1000))
    try:
        stream = rig.read()
        for number in range(300):
            rig.publish(b"%d" % number)
        assert [next(stream) for _ in range(300)] == [b"%d" % number for number in range(300)]
        eventually(lambda: rig.member().in_flight_since == 0.0, "the last message has gone out")
        assert rig.member().cursor == 300
    finally:
        rig.close()


def begins_with_the_newest_state_and_skips_to_it(transport: str) -> None:
    channel = ConflatedChannel()
    rig = ServiceRig(transport, channel)
    try:
        for number in range(5):
            rig.publish(b"%d" % number)
        stream = rig.read()
        assert next(stream) == b"4"
        large = 1_000_000
        for number in range(100):
            rig.publish(b"%d " % number + b"x" * large)
        read = [int(payload.partition(b" ")[0]) for payload in _until(stream, b"99 ")]
        assert read == sorted(set(read))
        assert len(read) < 100, "nothing is queued for a client that does not keep up"
        assert channel.conflated > 0
    finally:
        rig.close()


def _until(stream: grpc.Call, last: bytes) -> list[bytes]:
    found: list[bytes] = []
    while not found or not found[-1].startswith(last):
        found.append(next(stream))  # type: ignore[call-overload]
    return found


def times_each_message_from_its_publication(transport: str) -> None:
    rig = ServiceRig(transport, ConflatedChannel())
    try:
        stream = rig.read()
        delays = rig.server.send_delays
        for number in range(1, 4):
            rig.publish(b"%d" % number)
            assert next(stream) == b"%d" % number
            eventually(lambda number=number: delays().count == number, "each message is timed once")  # type: ignore[misc]
        assert 0 < delays().nanos < 60e9
        time.sleep(0.3)
        second = rig.read()
        assert next(second) == b"3"
        eventually(lambda: delays().count == 4)
        assert delays().nanos > 0.3e9, "a state that waited for its reader was old when it left"
    finally:
        rig.close()


def ends_with_the_code_and_the_reason(transport: str) -> None:
    for code in Code:
        rig = ServiceRig(transport, buffer())
        try:
            stream = rig.read()
            rig.publish(b"last")
            eventually(lambda rig=rig: rig.member().in_flight_since == 0.0 and rig.member().cursor == 1)  # type: ignore[misc]
            assert next(stream) == b"last"
            rig.publish(b"and this")
            eventually(lambda rig=rig: rig.member().in_flight_since == 0.0 and rig.member().cursor == 2)  # type: ignore[misc]
            rig.member().end(code, "because ä")
            rig.member().end(Code.INTERNAL, "a second time")
            assert next(stream) == b"and this", "what was sent before arrives"
            assert ending(stream) == (STATUS[code], "because ä")
            eventually(lambda rig=rig: len(rig.streams) == 0 and not rig.channel.members())  # type: ignore[misc]
        finally:
            rig.close()


def leaves_when_the_client_goes(transport: str) -> None:
    rig = ServiceRig(transport, buffer())
    try:
        stream = rig.read()
        rig.publish(b"one")
        assert next(stream) == b"one"
        gone = rig.member()
        stream.cancel()
        eventually(lambda: len(rig.streams) == 0)
        assert rig.channel is not None
        assert rig.channel.members() == []
        gone.deliver(b"nobody")
        gone.end(Code.UNAVAILABLE, "nobody")
        rig.publish(b"two")
        other = rig.read()
        rig.publish(b"three")
        assert next(other) == b"three"
    finally:
        rig.close()


def ends_who_must_not_lose_and_is_too_slow(transport: str) -> None:
    rig = ServiceRig(transport, buffer(2), overflow=Overflow.DISCONNECT)
    try:
        stream = rig.read()
        for _ in range(100):
            rig.publish(b"x" * 1_000_000)
        assert ending(stream)[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
    finally:
        rig.close()


CONTRACT = [
    sends_every_event_in_order,
    begins_with_the_newest_state_and_skips_to_it,
    times_each_message_from_its_publication,
    ends_with_the_code_and_the_reason,
    leaves_when_the_client_goes,
    ends_who_must_not_lose_and_is_too_slow,
]
