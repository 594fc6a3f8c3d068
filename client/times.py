"""Times and lengths of time as people type them."""

from __future__ import annotations

import re
import time
from datetime import datetime, timezone
from decimal import Decimal

_UNITS = {name: Decimal(seconds) for name, seconds in (("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("w", 604800))}
_UNITS["ms"] = Decimal("0.001")
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
SECOND = 1_000_000_000
"""Nanoseconds."""


def parse_length(name: str, text: str) -> Decimal:
    """Seconds of "30s", "5m", "1.5h". Raises ValueError, which names the option."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{name}: not a length of time such as 30s, 5m, 6h or 2d: {text!r}")
    return Decimal(found[1]) * _UNITS[found[2]]


def parse_moment(name: str, text: str, now_nanos: int | None = None) -> int:
    """Nanoseconds since 1970 UTC of a date, a date and a time (UTC unless it says its zone), or of a length ago."""
    if _LENGTH.fullmatch(text.strip()):
        now = time.time_ns() if now_nanos is None else now_nanos
        return max(now - int(parse_length(name, text) * SECOND), 1)
    try:
        # Python 3.10 reads no Z.
        when = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    except ValueError:
        raise ValueError(f"{name}: not a time such as 2026-01-31T12:00, nor a length such as 6h: {text!r}") from None
    when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    return max(round(when.timestamp() * 1_000_000) * 1000, 1)
