"""Signals of the process: SIGINT and SIGTERM ask for an orderly stop, SIGHUP asks for a reload and never kills, SIGTSTP
asks for files where a server writes some.

Imports nothing of the project and little else, so that the handlers are in place before the slow imports (`early`).
"""

from __future__ import annotations

import os
import select
import signal
from types import FrameType

STOPS = (signal.SIGINT, signal.SIGTERM)
RELOAD = getattr(signal, "SIGHUP", None)
"""None where the system has no such signal."""
SUSPEND = getattr(signal, "SIGTSTP", None)
"""Likewise. Terminals send this signal for Ctrl-Z."""


class Signals:
    """What the process was asked for. Handlers only leave a mark: they take no lock that the main thread may hold.

    Until attended() nothing was begun, so a stop ends the process at once, with status 0.
    """

    def __init__(self) -> None:
        self._attended = False
        self._stop = False
        self._reload = False
        self._suspend = False
        self._installed = False
        self._reading, self._writing = -1, -1

    def install(self) -> None:
        """Takes the handlers over. Only on the main thread; installing twice is fine."""
        if self._installed:
            return
        self._installed = True
        self._reading, self._writing = os.pipe()
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)
        # A byte in the pipe ends wait(), whenever the signal comes: nothing can be missed between look and wait.
        signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        for number in STOPS:
            signal.signal(number, self._on_stop)
        if RELOAD is not None:
            signal.signal(RELOAD, self._on_reload)

    def attended(self) -> None:
        """From now on the main thread looks at is_set() and comes to wait()."""
        self._attended = True

    def is_set(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop

    def take_reload(self) -> bool:
        """Whether a reload was asked for since the last call."""
        asked, self._reload = self._reload, False
        return asked

    def catch_suspend(self) -> None:
        """Takes SIGTSTP over: take_suspend() tells of the signal from now on. Only on the main thread."""
        if SUSPEND is not None:
            signal.signal(SUSPEND, self._on_suspend)

    def take_suspend(self) -> bool:
        """Whether SIGTSTP has come since the last call."""
        asked, self._suspend = self._suspend, False
        return asked

    def suspend(self) -> None:
        """Stops this process where the user of a terminal waits for that, and returns when the process is continued.
        Returns at once where the process is in no terminal's foreground: a service goes on."""
        if SUSPEND is None or not _in_foreground():
            return
        signal.signal(SUSPEND, signal.SIG_DFL)
        os.kill(os.getpid(), SUSPEND)
        signal.signal(SUSPEND, self._on_suspend)

    def wait(self) -> None:
        """Returns once a signal has come since the last wait."""
        if not (self._stop or self._reload or self._suspend):
            select.select([self._reading], [], [])
        try:
            while os.read(self._reading, 512):
                pass
        except BlockingIOError:
            return

    def close(self) -> None:
        """The process ends: SIGHUP is ignored from now on, so that the interpreter does not restore what kills."""
        if RELOAD is not None and self._installed:
            signal.signal(RELOAD, signal.SIG_IGN)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        if not self._attended:
            os._exit(0)
        self._stop = True
        # The second one does not wait for the drain.
        for number in STOPS:
            signal.signal(number, signal.SIG_DFL)

    def _on_reload(self, _number: int, _frame: FrameType | None) -> None:
        self._reload = True

    def _on_suspend(self, _number: int, _frame: FrameType | None) -> None:
        self._suspend = True


def _in_foreground() -> bool:
    """Whether this process belongs to the foreground job of its terminal."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False  # There is no terminal.
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


signals = Signals()
"""The signals of this process."""
