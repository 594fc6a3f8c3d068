"""Texts made of the newest payloads: the readers of one stream get the same bytes, whose text is made once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

KEPT = 16
"""Payloads whose text is kept: streams of so many topics may have the same readers."""


class NewestTexts:
    """What one function makes of payloads. Thread-safe: at worst two threads make the same text."""

    def __init__(self, make: Callable[[bytes], bytes]) -> None:
        self._make = make
        self._made: OrderedDict[int, tuple[bytes, bytes]] = OrderedDict()
        """By identity. The payload is kept beside its text, so that no other object can have its identity."""
        self._lock = threading.Lock()

    def response_json(self, payload: bytes) -> bytes:
        """The text as UTF-8."""
        with self._lock:
            found = self._made.get(id(payload))
        if found is not None and found[0] is payload:
            return found[1]
        text = self._make(payload)
        with self._lock:
            self._made[id(payload)] = payload, text
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        return text
