"""A process that empties a ring: started, watched, and started again when it dies."""

from __future__ import annotations

import logging
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .backoff import Backoff
from .logs import about
from .loss_report import LossReport, LossWords
from .neighbours import recording
from .printable import printable
from .threads import Supervised, pause

if TYPE_CHECKING:
    from recording import Ring

log = logging.getLogger(__name__)

WATCH = 0.1
"""Seconds between two looks at the process and its counters."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
_TAIL = 2000


class Words(NamedTuple):
    """What the log says of a process."""

    name: str
    """Such as recorder: also the beginning of the events recorder_died and recorder_killed."""
    working: str
    """A sentence: the process works; %s stands where " again" may be."""
    failing: str
    """A sentence: it cannot do its work."""
    event: str
    """The event of `working`; that of `failing` has _failed behind it."""
    losses: LossWords
    waiting: str = ""
    """A sentence: the process works, and something else does not, which it says."""


class RingChild:
    """The process that empties a ring, and the thread that watches it."""

    def __init__(
        self,
        words: Words,
        command: Sequence[str],
        ring: Ring,
        descriptors: Sequence[int],
        first_input: Callable[[], bytes] = bytes,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """`descriptors` are inherited by the process; `first_input` makes what it reads first from its standard
        input, which stays open as long as the server lives; `look` is called
        a few times per second."""
        self._words, self._command, self._ring = words, command, ring
        self._descriptors, self._first_input, self._look = descriptors, first_input, look
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._pauses = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._said = (recording.State.STARTING, "")
        self._losses = LossReport(ring, words.losses)
        self._tail = 0
        """The ring's tail when the process was started."""
        self.restarts = 0
        """How often the process died and was started again."""
        self.thread = Supervised(words.name, self._watch, self._stop)

    @property
    def pid(self) -> int | None:
        """The process that works now."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def start(self) -> None:
        """Starts the process and the thread."""
        self._process = self._started()
        self.thread.start()

    def stop(self, patience: float) -> None:
        """Lets the process write what is in the ring, and waits for its end at most so many seconds."""
        self._stop.set()
        if self.thread.is_alive():
            self.thread.join(patience)
        if self._process is None:
            return
        self._finish(self._process, patience)
        if self._ring.counters.behind:  # It died with work to do.
            self._finish(self._started(), patience)
        self._report()

    def _finish(self, process: subprocess.Popen[bytes], patience: float) -> None:
        """Lets a process write what is in the ring, and waits for its end."""
        _close(process)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            name = self._words.name
            self._say(
                logging.ERROR, f"the {name} did not end in time; it was killed", f"{name.replace(' ', '_')}_killed"
            )
        _drop(process)

    def _watch(self) -> None:
        while not pause(self._stop, WATCH):
            self._look()
            self._report()
            process = self._process
            if process is None:
                self._process = self._started()
            elif process.poll() is not None:
                self._replace(process)

    def _replace(self, process: subprocess.Popen[bytes]) -> None:
        """The process has died: another one continues where it stopped."""
        name = self._words.name
        text = f"the {name} died ({process.returncode}){_last_words(process)}; another one continues"
        self._say(logging.ERROR, text, self._event("died"))
        _drop(process)
        self._process = None
        self.restarts += 1
        if self._ring.tail > self._tail:
            self._pauses.reset()  # It did its work until then.
        if not pause(self._stop, self._pauses.next()):
            self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        self._tail = self._ring.tail
        # No shell; a session of its own, so that Ctrl-C in a terminal is for the server alone.
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=self._descriptors,
            cwd=recording.package_root(),
            start_new_session=True,
        )
        assert process.stdin is not None
        try:
            process.stdin.write(self._first_input())
            process.stdin.flush()
        except BrokenPipeError:
            pass  # It died at once: the watch will see it.
        return process

    @property
    def trouble(self) -> str:
        """That nothing can be written, or waits, for people; empty while all is well. The log has the reason."""
        state, trouble = self._ring.state
        if not trouble:
            return ""
        return self._words.failing if state is recording.State.FAILING else self._words.waiting

    def _report(self) -> None:
        """Logs a state once, when it begins."""
        state, trouble = self._ring.state
        self._losses.look()
        if (state, trouble) == self._said:
            return
        before, self._said = self._said, (state, trouble)
        if state is recording.State.FAILING:
            text = f"{self._words.failing}: {trouble}; trying again"
            self._say(logging.ERROR, text, f"{self._words.event}_failed")
        elif trouble and state is recording.State.RECORDING:
            self._say(logging.WARNING, f"{self._words.waiting}: {trouble}", f"{self._words.event}_waiting")
        elif state is recording.State.RECORDING:
            again = " again" if before[0] is recording.State.FAILING or before[1] else ""
            self._say(logging.INFO, self._words.working % again, self._words.event)

    def _event(self, what: str) -> str:
        return f"{self._words.name.replace(' ', '_')}_{what}"

    @staticmethod
    def _say(level: int, words: str, event: str) -> None:
        log.log(level, "%s", printable(words), extra=about(event))


def _close(process: subprocess.Popen[bytes]) -> None:
    """The end of its input tells the process to end."""
    assert process.stdin is not None
    try:
        process.stdin.close()
    except BrokenPipeError:
        return  # It is dead.


def _drop(process: subprocess.Popen[bytes]) -> None:
    """Closes the pipes of a process that has ended."""
    _close(process)
    assert process.stderr is not None
    process.stderr.close()


def _last_words(process: subprocess.Popen[bytes]) -> str:
    """The last line that a dead process wrote to its standard error, for people."""
    assert process.stderr is not None
    lines = process.stderr.read()[-_TAIL:].decode("utf-8", "replace").strip().splitlines()
    return f": {lines[-1]}" if lines else ""
