"""Times as they are typed on the command line."""

from __future__ import annotations

import re
from datetime import datetime, timezone


def moment(text: str) -> int:
    """Nanoseconds since 1970 UTC of a date, or a date and a time (UTC unless it names its zone). Raises ValueError."""
    # Python 3.10 reads no Z.
    when = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    whole = int(when.replace(microsecond=0).timestamp())
    return whole * 1_000_000_000 + when.microsecond * 1000
