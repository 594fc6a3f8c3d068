"""The one way in which tests wait for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60.0
"""Seconds. Much longer than anything takes: how fast the machine is must not decide a test."""
POLL = 0.01


def eventually(look: Callable[[], Any], what: object = "it never happened", seconds: float = PATIENCE) -> Any:
    """The first true value of `look`. Fails with `what`, or with what that returns, when it does not come."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what() if callable(what) else what}")
        time.sleep(POLL)
    return found
