"""Times and lengths of time as people type them into an address."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from decimal import ROUND_CEILING, Decimal

from ..request_errors import invalid, shown
from ..units import SECOND

_UNITS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86_400)}
_LENGTH = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)")
_WHOLE = re.compile(r"[0-9]{1,20}")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def millis(parameter: str, text: str) -> str:
    """Whole milliseconds, rounded up, of "250ms", "30s", "5m", "6h" or "2d". Raises RequestError."""
    length = _LENGTH.fullmatch(text)
    if length is None:
        raise invalid(parameter, f"was {shown(text)}, which is no length of time such as 250ms, 30s, 5m or 6h")
    return str(int((Decimal(length[1]) * _UNITS[length[2]] * 1000).to_integral_value(ROUND_CEILING)))


def nanos(parameter: str, text: str, now: int) -> str:
    """Nanoseconds since 1970 UTC of a date, of a date and a time (UTC unless it says its zone), of nanoseconds, or of a
    length of time before `now`. Raises RequestError."""
    if _WHOLE.fullmatch(text):
        return text
    length = _LENGTH.fullmatch(text)
    if length is not None:
        return str(max(now - int(Decimal(length[1]) * _UNITS[length[2]] * SECOND), 1))
    try:
        # Python 3.10 reads no Z. A space is what a + becomes in an address.
        when = datetime.fromisoformat(re.sub(r" (\d\d:\d\d)$", r"+\1", re.sub(r"[zZ]$", "+00:00", text)))
    except ValueError:
        words = "which is no time such as 2026-01-31T12:00:00Z or 6h, nor nanoseconds since 1970"
        raise invalid(parameter, f"was {shown(text)}, {words}") from None
    moment = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    passed = moment - _EPOCH
    found = (passed.days * 86_400 + passed.seconds) * SECOND + passed.microseconds * 1000
    if found < 0:
        raise invalid(parameter, f"was {shown(text)}, which is before 1970")
    return str(found)
