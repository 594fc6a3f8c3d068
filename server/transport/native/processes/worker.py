"""A serving process: the engine alone, without the server's code. The server starts it; see serving_process.py."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

from .. import _board, _engine

MOST_DESCRIPTORS = 128


def main(arguments: list[str]) -> None:
    """`arguments`: the descriptor of the socket to the server, and the server's number as a process."""
    # They reach all processes of a terminal or service; the server says what is to be done.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _board.die_with_parent()
    link = socket.socket(fileno=int(arguments[0]))
    if os.getppid() != int(arguments[1]):
        return  # The server had gone before.
    setup, descriptors = _introduced(link)
    wake, board, words, *listeners = descriptors
    engine = _engine.Engine()
    engine.limit(**setup["limits"])
    for prefix in setup["prefixes"]:
        engine.expect_many(prefix.encode())
    engine.listen(listeners, False)
    _engine.Worker(engine, link.detach(), wake, board, words, setup["mark"]).run()


def _introduced(link: socket.socket) -> tuple[dict, list[int]]:  # type: ignore[type-arg]
    """What the server says first, and its descriptors."""
    size, descriptors, _flags, _address = socket.recv_fds(link, 4, MOST_DESCRIPTORS)
    left, told = int.from_bytes(size, "little"), b""
    while len(told) < left:
        piece = link.recv(left - len(told))
        if not piece:
            raise SystemExit(1)
        told += piece
    return json.loads(told), descriptors


if __name__ == "__main__":
    main(sys.argv[1:])
