"""Sums over connections that come and go never fall."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

from server.connection.received import Received
from server.feed.received_total import ReceivedTotal


def made(received: Received, stop: threading.Event) -> Any:
    thread = threading.Thread(target=stop.wait)
    return SimpleNamespace(traffic=received, thread=thread)


def test_what_an_ended_connection_received_stays() -> None:
    stop = threading.Event()
    total = ReceivedTotal()
    first, second = made(Received(1, 10), stop), made(Received(2, 20), stop)
    total.add(first)
    assert total.total() == Received(1, 10), "it has not begun, which is no end"
    first.thread.start()
    total.add(second)
    first.traffic = Received(5, 50)
    assert total.total() == Received(7, 70)
    stop.set()
    first.thread.join(60)
    assert total.total() == Received(7, 70)
    first.traffic = Received(0, 0)
    assert total.total() == Received(7, 70), "it was kept at its end"
