"""What is said goes out in order, and nobody waits for a side that does not read."""

from __future__ import annotations

import socket

from server.transport.http.processes.outbox import Outbox


def test_what_does_not_fit_follows_later() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    rings: list[int] = []
    outbox = Outbox(ours, lambda: rings.append(1))
    said = bytes(range(256)) * 20_000
    outbox.say(said)
    outbox.say(b"end")
    assert rings
    assert 0 < outbox.unsent < len(said)
    heard = b""
    with ours, theirs:
        while not heard.endswith(b"end"):
            heard += theirs.recv(1 << 20)
            outbox.flush()
    assert heard == said + b"end"
    assert outbox.unsent == 0


def test_nothing_waits_for_a_side_that_is_gone() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    outbox = Outbox(ours, lambda: None)
    theirs.close()
    outbox.say(b"x")
    assert outbox.unsent == 0
    outbox.close()
    ours.close()
    outbox.say(b"y")
    assert outbox.unsent == 0
