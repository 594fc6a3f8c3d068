"""`onebook demo` in a real terminal: what it says, and that none of its processes outlives it, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
MARK = "ONEBOOK_TEST_DEMO"
DEMO = (sys.executable, "-m", "cli", "demo")
MAKE = ("make", "--no-print-directory", f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.installed", "demo")
SIMULATORS_RUN = "2/4  server"
SCREEN = "4/4  screen"


class Terminal:
    """A program in a terminal of its own, as its session's leader. `processes` are all that came of it."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self.mark = uuid.uuid4().hex
        self.output = ""
        path = os.pathsep.join([str(ROOT), str(ROOT / "proto")])
        environment = {**os.environ, MARK: self.mark, "PYTHONPATH": path, "TERM": "xterm-256color"}
        self.master, slave = pty.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        # The leader of a session gets the first terminal that it opens.
        opened = ["sh", "-c", f'exec "$@" <>{os.ttyname(slave)} >&0 2>&0', "sh", *command]
        self.process = subprocess.Popen(opened, cwd=ROOT, env=environment, start_new_session=True)
        self.pid = self.process.pid
        os.close(slave)

    def read_until(self, text: str) -> None:
        """Reads the screen until the text was on it."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.output:
            assert time.monotonic() < deadline, f"never showed {text!r}: {self.output[-2000:]}"
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.output += os.read(self.master, 65536).decode(errors="replace")
                except OSError:  # of a terminal that nobody has open: not yet, or not any more
                    assert self.process.poll() is None, f"ended without {text!r}: {self.output[-2000:]}"

    def processes(self) -> list[psutil.Process]:
        """Those that carry the mark and run."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self.mark
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            return False

    def close(self) -> None:
        """Hangs up, as a terminal's window that is closed does."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def all_gone(self) -> list[str]:
        """Waits; the command lines of what is still there in the end."""
        deadline = time.monotonic() + PATIENCE
        while (left := self.processes()) and time.monotonic() < deadline:
            if self.master >= 0 and select.select([self.master], [], [], 0)[0]:
                with contextlib.suppress(OSError):  # nobody is left to write
                    self.output += os.read(self.master, 65536).decode(errors="replace")
            self.process.poll()
            time.sleep(0.05)
        return [" ".join(process.cmdline()) for process in left]

    def end(self) -> None:
        self.close()
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()


@pytest.fixture
def terminal() -> Iterator[Callable[[tuple[str, ...]], Terminal]]:
    opened: list[Terminal] = []

    def open_one(command: tuple[str, ...]) -> Terminal:
        opened.append(Terminal(command))
        return opened[-1]

    yield open_one
    for each in opened:
        each.end()


ENDINGS: dict[str, Callable[[Terminal], None]] = {
    "SIGTERM": lambda on: os.kill(on.pid, signal.SIGTERM),
    "SIGHUP": lambda on: os.kill(on.pid, signal.SIGHUP),
    "kill -9": lambda on: os.kill(on.pid, signal.SIGKILL),
    "closed terminal": Terminal.close,
}


@pytest.mark.parametrize(("ending", "moment"), [*((ending, SCREEN) for ending in ENDINGS), ("kill -9", SIMULATORS_RUN)])
def test_no_process_outlives_the_demo(
    ending: str, moment: str, terminal: Callable[[tuple[str, ...]], Terminal]
) -> None:
    on = terminal(DEMO)
    on.read_until(moment)
    assert len(on.processes()) >= 2, "the demo and a part of it"
    ENDINGS[ending](on)
    assert on.all_gone() == []


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
@pytest.mark.parametrize("ending", ["SIGTERM", "kill -9"])
def test_no_process_outlives_make_demo(ending: str, terminal: Callable[[tuple[str, ...]], Terminal]) -> None:
    on = terminal(MAKE)
    on.read_until(SCREEN)
    ENDINGS[ending](on)
    assert on.all_gone() == []


def test_a_signal_as_everything_starts(terminal: Callable[[tuple[str, ...]], Terminal]) -> None:
    """The first process may have been started and not yet known to the demo."""
    on = terminal(DEMO)
    on.read_until("1/4")
    os.kill(on.pid, signal.SIGTERM)
    assert on.all_gone() == []


def test_it_says_what_it_does_and_what_is_next(terminal: Callable[[tuple[str, ...]], Terminal]) -> None:
    on = terminal(DEMO)
    on.read_until("Ready in about 15 s")
    for step in ("1/4  simulated exchanges", "2/4  server", "3/4  order books", "of 7 live", SCREEN, "q quits"):
        on.read_until(step)
    on.read_until("venues live")  # the screen
    os.write(on.master, b"q")
    on.read_until("nothing of it is left running")
    on.read_until("onebook serve --pair BTC/USDT")
    on.read_until("onebook watch")
    on.read_until("onebook sim --help")
    assert on.all_gone() == []


def test_headless_prints_books_on_stdout_and_the_rest_on_stderr() -> None:
    done = subprocess.run([*DEMO, "--headless"], capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("BTC/USDT") == 5
    assert "3/4" in done.stderr
    folder = re.search(r"all messages are recorded into (\S+) until the demo ends", done.stderr)
    assert folder
    assert not Path(folder[1]).parent.exists()
    assert re.search(r"a page with the book, charts and trades: http://localhost:\d+/$", done.stderr, re.MULTILINE)
    assert "nothing of it is left running" in done.stderr
    assert "demo" not in done.stdout


def test_a_part_that_cannot_start_is_named_at_once() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [*DEMO, "--headless", "--pair", "no pair"], capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT
    )
    assert done.returncode == 1
    assert "onebook sim ended with status 2; it said:" in done.stderr
    assert "a pair is written BASE/QUOTE" in done.stderr
    assert time.monotonic() - began < 30
