"""A process that does not outlive the one that started it, however that one ends: kill -9 and a closed terminal too.

The parent keeps the writing end of a pipe and hands the reading end down. The kernel closes the writing end with the
parent, whatever ended it; the child reads the end of the pipe, and ends. It works on every POSIX system, unlike
prctl(PR_SET_PDEATHSIG), which Linux alone has.

    lifeline = Lifeline()
    subprocess.Popen(lifeline.command(["sim"]), pass_fds=lifeline.pass_fds)
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence

GRACE = 10.0
"""Seconds that a process has to end in order before it is killed."""


class Lifeline:
    """The pipe of one parent. Whoever holds the reading end learns of the parent's end."""

    def __init__(self) -> None:
        # Neither end is inherited by itself: a child gets the reading one, and no other process the writing one.
        self._read, self._write = os.pipe()

    @property
    def pass_fds(self) -> tuple[int, ...]:
        """For `subprocess.Popen`."""
        return (self._read,)

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The command line that runs an `onebook` command bound to this process."""
        return [sys.executable, "-m", __name__, str(self._read), *arguments]

    def close(self) -> None:
        """Ends the processes that still hold on."""
        os.close(self._write)
        os.close(self._read)


def hold(descriptor: int, grace: float = GRACE) -> None:
    """From now on this process ends with the one that holds the pipe's other end: SIGTERM, and SIGKILL after `grace`.

    The kernel wakes the waiting thread; nothing is polled.
    """

    def wait() -> None:
        while os.read(descriptor, 1):
            pass  # nobody writes; what may come is no end
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def main(argv: Sequence[str]) -> int:
    """`DESCRIPTOR COMMAND ...`: the command, bound to the pipe. The exit status is the command's."""
    hold(int(argv[0]))
    from . import main as onebook

    return onebook(argv[1:])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
