"""Raw taps: in order, bounded by memory, and no loss is silent."""

from __future__ import annotations

import sys
import threading

from server.connection.raw_tap import OVERHEAD, RawKind, RawMessage, RawTap, RawTaps
from server.model import Receipt


def message(number: int, size: int = 10) -> RawMessage:
    return RawMessage(1, RawKind.RECEIVED, b"x" * size, number, number)


def test_messages_are_taken_in_order_and_once() -> None:
    tap = RawTap()
    for number in range(3):
        tap.put(message(number))
    assert tap.take() == ([message(0), message(1), message(2)], 0)
    assert tap.take() == ([], 0)


def test_what_finds_no_room_is_counted_with_all_behind_it() -> None:
    tap = RawTap(limit=2 * (OVERHEAD + 10) + 5)
    for number, size in enumerate((10, 10, 10, 0)):
        tap.put(message(number, size))
    assert tap.take() == ([message(0), message(1)], 2), "a small one behind the loss would hide where it is"
    tap.put(message(4))
    assert tap.take() == ([message(4)], 0)
    tap.put(message(5, 10_000))
    assert tap.take() == ([], 1)


def test_taps_come_and_go_on_their_own() -> None:
    taps = RawTaps()
    assert taps.now == ()
    assert (taps.number(), taps.number()) == (1, 2)
    first = taps.open()
    taps.put(1, RawKind.SENT, b"a", Receipt(1, 2))
    second = taps.open()
    taps.put(2, RawKind.RECEIVED, b"b", Receipt(3, 4))
    taps.close(first)
    taps.close(first)
    taps.put(1, RawKind.CLOSED, b"c", Receipt(5, 6))
    a, b, c = (
        RawMessage(1, RawKind.SENT, b"a", 1, 2),
        RawMessage(2, RawKind.RECEIVED, b"b", 3, 4),
        RawMessage(1, RawKind.CLOSED, b"c", 5, 6),
    )
    assert first.take() == ([a, b], 0)
    assert second.take() == ([b, c], 0)


def test_nothing_is_lost_or_moved_between_threads() -> None:
    tap, each = RawTap(limit=40 * (OVERHEAD + 10)), 3000

    def put() -> None:
        for number in range(each):
            tap.put(message(number))

    thread, following = threading.Thread(target=put), 0
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        thread.start()
        while thread.is_alive() or following < each:
            messages, lost = tap.take()
            for one in messages:
                assert one.time == following
                following += 1
            following += lost
    finally:
        sys.setswitchinterval(interval)
        thread.join()
    assert following == each
