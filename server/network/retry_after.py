"""How long a venue may make us wait: its Retry-After, within bounds. A header may say anything."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime

# By status: seconds to wait where the venue does not say, and at most. A ban that is longer is asked about every hour.
DEFAULT = {429: 10.0, 418: 120.0, 503: 5.0}
MOST = {429: 120.0, 418: 3600.0, 503: 60.0}
_SECONDS = re.compile(r"[0-9]+", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,12}", re.ASCII)


def retry_after(text: str, status: int) -> float:
    """Seconds from a Retry-After header, which is a number or a date, to an answer of this status: 0 to MOST."""
    text = text.strip()
    if _SECONDS.fullmatch(text):
        # Text that is longer is no number of seconds that anybody waits; to convert it may even be refused.
        wait = float(text) if len(text) <= 12 else MOST[status]
    else:
        wait = _until(text[:64], DEFAULT[status])
    return max(0.0, min(MOST[status], wait))


def used_weight(text: str) -> int | None:
    """The number in a header that counts what we used; None if there is none."""
    return int(text) if _COUNT.fullmatch(text.strip()) else None


def _until(date: str, default: float) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (TypeError, ValueError, LookupError, ArithmeticError, OSError):
        return default
