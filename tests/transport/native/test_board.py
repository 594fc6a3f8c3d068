"""The memory that the server shares with its serving processes: who may write, who is woken, what is counted."""

from __future__ import annotations

import mmap
import os
import socket
from typing import Any

import pytest

from server.transport.native import PROCESSES

pytestmark = pytest.mark.skipif(not PROCESSES, reason="serving processes were not built here")

if PROCESSES:
    from server.transport.native._board import Board, Words, send


def woken(words: Any) -> bool:
    """Whether its eventfd was written to since this was asked last."""
    try:
        os.read(words.wake, 8)
    except BlockingIOError:
        return False
    return True


def test_a_process_cannot_write_to_the_board_nor_change_its_size() -> None:
    board = Board(1 << 22, 1 << 16)
    with pytest.raises(PermissionError):
        mmap.mmap(board.fd, 1 << 22)
    with pytest.raises(PermissionError):
        os.pwrite(board.fd, b"x", 0)
    with pytest.raises(PermissionError):
        os.ftruncate(board.fd, 0)
    with mmap.mmap(board.fd, 1 << 22, prot=mmap.PROT_READ) as seen:
        place, _key = board.open()
        board.state(place, b"to be found")
        assert seen.find(b"to be found") >= 0


def test_a_process_cannot_change_the_size_of_its_words() -> None:
    words = Words()
    for size in (0, 1 << 24):
        with pytest.raises(PermissionError):
            os.ftruncate(words.fd, size)


def test_a_process_that_is_awake_is_not_woken() -> None:
    board, words = Board(1 << 22, 1 << 16), Words()
    board.join(words)
    place, _key = board.open()
    board.state(place, b"1")
    assert not woken(words)
    board.leave(words)
    board.state(place, b"2")
    words.taken(1)
    assert not woken(words)


def test_descriptors_are_closed_once() -> None:
    words = Words()
    fd = words.fd
    words.close()
    words.close()
    assert (words.fd, words.wake) == (-1, -1)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
    assert words.turns == 0, "what was written stays to be read"


def test_sending_says_how_much_was_taken_and_never_waits() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        taken = 0
        while some := send(ours.fileno(), bytearray(100_000)):
            taken += some
        assert taken > 0
        theirs.close()
        with pytest.raises(BrokenPipeError):
            send(ours.fileno(), b"x")
