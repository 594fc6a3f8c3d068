"""The processes of the demo: each with its output in a file, watched while it starts, and ended with the demo."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from .lifeline import Lifeline

STOP_SECONDS = 10.0
POLL = 0.05
_TAIL = 2000


class ChildFailed(Exception):
    """A process ended, or did not come up in time. The text says which, and what it wrote last."""


class Child:
    """A process in the background."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name, self.process, self._log = name, process, log

    def wait_for(self, condition: Callable[[], bool], limit: float) -> None:
        """Until the condition is true. Raises ChildFailed when the process has ended, and after `limit` seconds."""
        deadline = time.monotonic() + limit
        while not condition():
            if self.process.poll() is not None:
                raise ChildFailed(f"{self.name} ended with status {self.process.returncode}; it said:\n{self._said()}")
            if time.monotonic() > deadline:
                raise ChildFailed(f"{self.name} was not ready within {limit:.0f} s; it said:\n{self._said()}")
            time.sleep(POLL)

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-_TAIL:].strip() or "nothing"

    def stop(self) -> None:
        """Asks the process to end, and insists after a while."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Children:
    """Starts processes that end with this context, last started first, and with this process in any case."""

    def __init__(self, lifeline: Lifeline) -> None:
        self._lifeline = lifeline
        self._children: list[Child] = []

    def __enter__(self) -> Children:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in reversed(self._children):
            child.stop()
        self._lifeline.close()

    def start(self, arguments: Sequence[str], log: Path) -> Child:
        """An `onebook` command in the background, its output in a file."""
        with log.open("wb") as output:
            # A group of its own: Ctrl-C goes to the terminal UI, which ends; then we end the others in order.
            process = subprocess.Popen(
                self._lifeline.command(arguments),
                pass_fds=self._lifeline.pass_fds,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(f"onebook {arguments[0]}", process, log)
        self._children.append(child)
        return child

    def foreground(self, arguments: Sequence[str]) -> int:
        """An `onebook` command on this terminal, to its end; its exit status. Ctrl-C is for it alone."""
        # A handler and not SIG_IGN: what is ignored stays ignored in a child, a handler becomes the default there.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        process = subprocess.Popen(self._lifeline.command(arguments), pass_fds=self._lifeline.pass_fds)
        self._children.append(Child(f"onebook {arguments[0]}", process, Path()))
        try:
            return process.wait()
        finally:
            signal.signal(signal.SIGINT, before)
