"""A thread waits for its link, for room in it, and for whoever wakes it."""

from __future__ import annotations

import socket
import time

from server.transport.http.processes.outbox import Outbox
from server.transport.http.processes.reading import Alarm, LinkWait
from tests.waiting import eventually


def test_what_ends_a_wait() -> None:
    alarm = Alarm()
    wait = LinkWait(alarm)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    outbox = Outbox(ours, alarm.ring)
    with ours, theirs:
        for _ in range(3):
            alarm.ring()
        assert not wait.wait(ours, outbox, 60), "it was woken"
        began = time.monotonic()
        assert not wait.wait(ours, outbox, 0.05), "all rings are forgotten"
        assert time.monotonic() - began >= 0.04
        theirs.send(b"x")
        assert wait.wait(ours, outbox, 60)
        ours.recv(1)
        outbox.say(b"x" * 1_000_000)
        left = outbox.unsent
        theirs.recv(1 << 20)
        eventually(lambda: wait.wait(ours, outbox, 0.01) or outbox.unsent < left, "what waits is sent as there is room")
        theirs.close()
        assert wait.wait(ours, outbox, 60)
    alarm.close()
