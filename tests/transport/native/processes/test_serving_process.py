"""One life of one serving process."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator

import pytest

from server.transport.native import PROCESSES
from tests.waiting import eventually

from .test_worker import LIMITS

pytestmark = pytest.mark.skipif(not PROCESSES, reason="serving processes were not built here")

if PROCESSES:
    from server.transport.native import _engine
    from server.transport.native._board import Board
    from server.transport.native.processes import frames, serving_process
    from server.transport.native.processes.serving_process import ServingProcess, Setup, mark_of


@pytest.fixture
def poll() -> Iterator[select.epoll]:
    with select.epoll() as made:
        yield made


@pytest.fixture
def process(poll: select.epoll) -> Iterator[ServingProcess]:
    made = ServingProcess(2, 4097, Setup(LIMITS, [], []), Board(1 << 22, 1 << 16))
    poll.register(made.socket, select.EPOLLIN)
    yield made
    made.wait(0.0)
    made.close()


def ready(process: ServingProcess, poll: select.epoll) -> None:
    def heard() -> bool:
        poll.poll(0.1)
        process.hear()
        return process.ready

    eventually(heard)


def test_it_says_when_it_serves_and_ends_when_it_is_asked(process: ServingProcess, poll: select.epoll) -> None:
    ready(process, poll)
    process.ask(frames.frame(frames.STOP), poll)
    assert process.wait(10.0) == 0
    assert process.hear() is None


def test_its_calls_are_marked_as_its_own_and_its_lifes(process: ServingProcess) -> None:
    assert process.mark == 1 << 4 | 2, "lives are counted anew after 4096 of them"
    assert mark_of(process.mark << 48 | 12345) == process.mark


def test_one_whose_thread_does_not_move_hangs_but_time_in_which_nobody_looked_counts_little(
    process: ServingProcess, poll: select.epoll
) -> None:
    ready(process, poll)
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(0.1)
    now = 1_000_000.0
    process.hangs_for(now, 0.25)
    assert process.hangs_for(now + 0.25, 0.25) == pytest.approx(0.25)
    assert process.hangs_for(now + 0.5, 0.25) == pytest.approx(0.5)
    assert process.hangs_for(now + 3600.0, 0.25) == pytest.approx(0.75), "this process slept itself"
    os.kill(process.pid, signal.SIGCONT)
    eventually(lambda: process.hangs_for(now + 3600.25, 0.25) == 0.0)


def test_one_that_takes_nothing_is_killed(
    process: ServingProcess, poll: select.epoll, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(serving_process, "MOST_UNSENT", 1 << 20)
    ready(process, poll)
    os.kill(process.pid, signal.SIGSTOP)
    answer = frames.frame(frames.SEND, 1, 1, parts=(b"", b"", b"", b"x" * 100_000))
    for _ in range(20):
        process.ask(answer, poll)
    assert process.wait(10.0) == -signal.SIGKILL
    assert "serving process 3 does not take what it is asked: it is killed" in caplog.text


def test_what_it_does_not_take_at_once_it_takes_later(process: ServingProcess, poll: select.epoll) -> None:
    ready(process, poll)
    os.kill(process.pid, signal.SIGSTOP)
    answer = frames.frame(frames.SEND, 1, 1, parts=(b"", b"", b"", b"x" * 100_000))
    for _ in range(20):
        process.ask(answer, poll)
    os.kill(process.pid, signal.SIGCONT)
    process.ask(frames.frame(frames.STOP), poll)

    def flushed() -> bool:
        for _, event in poll.poll(0.1):
            if event & select.EPOLLOUT:
                process.flush(poll)
        return not process._unsent  # noqa: SLF001 - no answer shows it

    eventually(flushed)
    assert process.wait(10.0) == 0


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"\xff" * 48, "talks nonsense (a frame of"),
        (frames.frame(_engine.CALL, 5) if PROCESSES else b"", "talks of calls that are not its own"),
        (frames.frame(_engine.OVER, (4 << 4 | 1) << 48) if PROCESSES else b"", "talks of calls that are not its own"),
    ],
)
def test_one_that_was_taken_over_is_killed(
    said: bytes, words: str, process: ServingProcess, poll: select.epoll, caplog: pytest.LogCaptureFixture
) -> None:
    ready(process, poll)
    theirs = process._reader.read  # noqa: SLF001 - what the socket brings is replaced
    process._reader.read = lambda _piece: theirs(said)  # type: ignore[method-assign,assignment]  # noqa: SLF001
    os.kill(process.pid, signal.SIGTERM)
    process.ask(frames.frame(frames.STOP), poll)
    poll.poll(5.0)
    assert process.hear() is None
    assert words in caplog.text
