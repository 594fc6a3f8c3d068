"""Supervised threads log, count and go on; waits take any number."""

from __future__ import annotations

import logging
import math
import threading

import pytest

from server.threads import Supervised, pause

ENOUGH = 30.0


@pytest.mark.parametrize("seconds", [-1.0, -1e300, 0.0, math.nan, -math.inf])
def test_no_wait_is_none(seconds: float) -> None:
    assert not pause(threading.Event(), seconds)


@pytest.mark.parametrize("seconds", [1e11, 1e300, math.inf, 2**63])
def test_long_waits_end_with_the_event(seconds: float) -> None:
    event = threading.Event()
    threading.Timer(0.05, event.set).start()
    assert pause(event, seconds)


def test_what_escapes_is_logged_once_counted_and_the_loop_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    stop, worked = threading.Event(), threading.Event()
    troubles: list[str] = []

    def loop() -> None:
        if len(troubles) < 5:
            raise OverflowError("timestamp too large\nto convert")
        worked.set()
        stop.wait()

    thread = Supervised("feed-x", loop, stop, troubles.append, first_pause=0.001)
    assert thread.trouble == ""
    with caplog.at_level(logging.ERROR):
        thread.start()
        assert worked.wait(ENOUGH)
    assert thread.failures == 5
    assert troubles == ["internal error in feed-x, see the log (OverflowError)"] * 5
    assert thread.trouble == troubles[0], "it is visible for a while after the last failure"
    lines = [record for record in caplog.records if "feed-x" in record.getMessage()]
    assert len(lines) == 1
    assert "\n" not in lines[0].getMessage()
    assert lines[0].exc_info
    stop.set()
    thread.join(ENOUGH)
    assert not thread.is_alive()


def test_who_listens_to_troubles_cannot_end_the_thread() -> None:
    stop, worked, failed = threading.Event(), threading.Event(), threading.Event()

    def loop() -> None:
        if not failed.is_set():
            failed.set()
            raise ValueError
        worked.set()
        stop.wait()

    def listener(_words: str) -> None:
        raise RuntimeError("no time")

    thread = Supervised("x", loop, stop, listener, first_pause=0.001)
    thread.start()
    assert worked.wait(ENOUGH)
    stop.set()
    thread.join(ENOUGH)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_thread_is_visible() -> None:
    def loop() -> None:
        raise BaseException("not even supervised")

    thread = Supervised("x", loop, threading.Event())
    thread.start()
    thread.join(ENOUGH)
    assert thread.trouble == "x is dead"


def test_a_loop_that_returns_is_done_and_stop_ends_a_pause() -> None:
    done = Supervised("x", lambda: None, threading.Event())
    done.start()
    done.join(ENOUGH)
    assert not done.is_alive()
    assert (done.trouble, done.failures) == ("", 0)
    stop, failed = threading.Event(), threading.Event()

    def loop() -> None:
        failed.set()
        raise ValueError

    paused = Supervised("y", loop, stop, first_pause=1000.0)
    paused.start()
    assert failed.wait(ENOUGH)
    stop.set()
    paused.join(ENOUGH)
    assert not paused.is_alive()
