"""Requests for trade VWAPs: every field is checked, and errors name it."""

from __future__ import annotations

from typing import Any

from ...request_errors import invalid
from .runtime import TAPE, WindowChoice

MILLISECOND = 1_000_000
DEFAULT_TRADES = 200
MAX_WINDOW_MS = 3_600_000


def window_of(request: Any, venue: str) -> WindowChoice:
    """The trades of a VWAP request. Raises RequestError."""
    kind = request.WhichOneof("window")
    if kind == "milliseconds":
        if not 1 <= request.milliseconds <= MAX_WINDOW_MS:
            raise invalid("milliseconds", f"1 to {MAX_WINDOW_MS} are taken, were {request.milliseconds}")
        return WindowChoice(venue, None, request.milliseconds * MILLISECOND)
    trades = request.trades if kind == "trades" else DEFAULT_TRADES
    if trades > TAPE:
        raise invalid("trades", f"at most {TAPE} trades are remembered, were {trades}")
    return WindowChoice(venue, trades)
