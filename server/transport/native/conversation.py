"""Calls with many requests: each is answered before the next one is looked at."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from grpc_reflection.v1alpha import reflection, reflection_pb2

Converse = Callable[[bytes], Iterable[bytes]]
"""The answers to one request of a call that has many."""
MOST_WAITING = 16
"""Requests of a call that wait for the one before them."""


class Conversation:
    """One call with many requests. Thread-safe."""

    def __init__(self, converse: Converse) -> None:
        self._converse = converse
        self._lock = threading.Lock()
        self._waiting: deque[bytes | None] = deque()
        self._busy = False

    def add(self, request: bytes | None) -> bool:
        """A request has come, or None: no further one will. True: somebody has to call answer() now.

        Raises OverflowError where too many wait."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                raise OverflowError
            self._waiting.append(request)
            busy, self._busy = self._busy, True
        return not busy

    def answer(self, send: Callable[[bytes], None], end: Callable[[], None]) -> None:
        """Answers all requests that wait."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy = False
                    return
                request = self._waiting.popleft()
            if request is None:
                end()
            else:
                for each in self._converse(request):
                    send(each)


def reflection_of(services: Sequence[str]) -> Mapping[str, Converse]:
    """grpc.reflection.v1alpha over these services and itself, by the path of the call."""
    servicer: Any = reflection.ReflectionServicer((*services, reflection.SERVICE_NAME))

    def converse(request: bytes) -> Iterable[bytes]:
        asked = reflection_pb2.ServerReflectionRequest.FromString(request)
        return [answer.SerializeToString() for answer in servicer.ServerReflectionInfo(iter((asked,)), None)]

    return {f"/{reflection.SERVICE_NAME}/ServerReflectionInfo": converse}
