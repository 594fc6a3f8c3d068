"""Work of many clients on few threads: one piece of each client in turn, however much work a client brings."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent import futures

from ..logs import about

log = logging.getLogger(__name__)

Work = Callable[[], None]


class Turns:
    """Runs the work of each key in order, and the keys in turn. Thread-safe."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = futures.ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._waiting: OrderedDict[Hashable, deque[Work]] = OrderedDict()

    def put(self, key: Hashable, work: Work) -> None:
        """Runs the work on a thread, soon. Exceptions are logged."""
        with self._lock:
            self._waiting.setdefault(key, deque()).append(work)
        try:
            self._pool.submit(self._run_next)
        except RuntimeError:
            # The pool was shut down: the server stops, and its calls end with it.
            log.debug("a call came while the server stopped", extra=about("stopping"))

    def close(self) -> None:
        """Takes no new work; waiting work is dropped, running work ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run_next(self) -> None:
        work = self._next()
        try:
            work()
        except Exception:
            # Each piece answers for itself; the thread is the next one's.
            log.exception("a call failed outside of its handler", extra=about("defect"))

    def _next(self) -> Work:
        with self._lock:
            key, works = next(iter(self._waiting.items()))
            work = works.popleft()
            if works:
                self._waiting.move_to_end(key)
            else:
                del self._waiting[key]
            return work
