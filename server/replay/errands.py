"""Work that waits for answers of the past, in step with the recording.

What runs on threads of its own beside live connections (snapshots, past trades, past candles) runs here as errands: an
errand has a thread, but only one thread of all runs at any time. The player starts an errand, or wakes it, and waits
until the errand waits itself or has ended. So a replay takes the same course each time.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from ..logs import about
from ..units import SECOND

log = logging.getLogger(__name__)

Reply = TypeVar("Reply")
NEVER = 2**63
KEPT = 2 * SECOND
"""Nanoseconds for which an answer is kept that nobody has asked for yet: the question may come with the next record."""


class _Errand(Generic[Reply]):
    """One thread and what it waits for."""

    def __init__(self) -> None:
        self.deadline = 0
        """When it goes on in any case (nanoseconds of the recording)."""
        self.reply: Reply | None = None
        self.go = threading.Event()
        self.paused = threading.Event()
        """It waits, or has ended: the player may go on."""

    def wake(self) -> None:
        """Lets the thread run until it waits again, or ends."""
        self.paused.clear()
        self.go.set()
        self.paused.wait()

    def pause(self) -> None:
        """Called on the thread itself: lets the player go on, and waits for wake()."""
        self.go.clear()
        self.paused.set()
        self.go.wait()


class Errands(Generic[Reply]):
    """All errands of a replay. run(), answer(), advance() and stop() belong to the player's thread."""

    def __init__(self, now: Callable[[], int]) -> None:
        """`now` is the monotonic time of the recording, nanoseconds."""
        self._now = now
        self._mine = threading.local()
        self._asking: dict[Hashable, deque[_Errand[Reply]]] = {}
        self._waiting: list[_Errand[Reply]] = []
        """All that have a deadline."""
        self._unclaimed: dict[Hashable, tuple[int, Reply]] = {}
        self.next = NEVER
        """The first of the deadlines (nanoseconds of the recording)."""
        self.stopped = False

    def run(self, name: str, job: Callable[[], None]) -> None:
        """Starts an errand; returns when the errand waits, or has ended."""
        errand: _Errand[Reply] = _Errand()

        def life() -> None:
            self._mine.errand = errand
            try:
                job()
            except Exception:
                log.exception("%s failed", name, extra=about("defect"))
            finally:
                errand.paused.set()

        threading.Thread(target=life, name=name, daemon=True).start()
        errand.paused.wait()

    # -- on an errand's thread -----------------------------------------------------------------------------------

    def ask(self, key: Hashable, patience: int) -> Reply | None:
        """Waits for the answer to a question; None if it does not come within `patience` nanoseconds of the
        recording, or the replay ends."""
        found = self._unclaimed.pop(key, None)
        if found is not None and self._now() - found[0] <= KEPT:
            return found[1]
        if self.stopped:
            return None
        errand = self._current()
        self._asking.setdefault(key, deque()).append(errand)
        self._park(errand, patience)
        queue = self._asking.get(key)
        if errand.reply is None and queue is not None and errand in queue:
            queue.remove(errand)
        reply, errand.reply = errand.reply, None
        return reply

    def sleep(self, patience: int) -> None:
        """Waits for this number of nanoseconds of the recording, or for the end of the replay."""
        if not self.stopped:
            self._park(self._current(), patience)

    def _current(self) -> _Errand[Reply]:
        errand: _Errand[Reply] | None = getattr(self._mine, "errand", None)
        if errand is None:
            raise RuntimeError("only an errand may wait for the recording")
        return errand

    def _park(self, errand: _Errand[Reply], patience: int) -> None:
        errand.deadline = self._now() + max(0, patience)
        self._waiting.append(errand)
        self.next = min(self.next, errand.deadline)
        errand.pause()

    # -- on the player's thread ----------------------------------------------------------------------------------

    def answer(self, key: Hashable, reply: Reply) -> None:
        """An answer of the recording: who asked first gets it."""
        queue = self._asking.get(key)
        if not queue:
            self._asking.pop(key, None)
            self._unclaimed[key] = self._now(), reply
            return
        errand = queue.popleft()
        errand.reply = reply
        self._waiting.remove(errand)
        errand.wake()

    def asks(self, key: Hashable) -> bool:
        """Whether somebody waits for the answer to this question."""
        return bool(self._asking.get(key))

    def advance(self) -> None:
        """Wakes all errands whose time has come."""
        now = self._now()
        if now < self.next:
            return
        due = sorted((each for each in self._waiting if each.deadline <= now), key=lambda each: each.deadline)
        self._waiting = [each for each in self._waiting if each.deadline > now]
        self.next = min((each.deadline for each in self._waiting), default=NEVER)
        for errand in due:
            errand.wake()
        self._unclaimed = {key: kept for key, kept in self._unclaimed.items() if now - kept[0] <= KEPT}

    def stop(self) -> None:
        """Lets all errands end: whatever they wait for does not come any more."""
        self.stopped = True
        waiting, self._waiting = self._waiting, []
        for errand in waiting:
            errand.wake()


class PlayedEvent(threading.Event):
    """An event whose waits are of the recording's time: for errands."""

    def __init__(self, errands: Errands[Reply]) -> None:
        super().__init__()
        self._errands = errands

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for `timeout` seconds of the recording, unless the event or the end of the replay comes first."""
        if not self.is_set():
            self._errands.sleep(int(min(timeout if timeout is not None else 1e9, 1e9) * SECOND))
        return self.is_set() or self._errands.stopped
