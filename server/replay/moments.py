"""Times as they are typed on the command line."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timezone

from ..errors import ConfigError
from ..printable import printable


def moment(text: str) -> int:
    """Nanoseconds since 1970 UTC of a date, or a date and a time (UTC unless it names its zone).

    Raises ArgumentTypeError.
    """
    try:
        # Python 3.10 reads no Z.
        when = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    except ValueError:
        words = f"{printable(text, 40)!r} is no time such as 2026-11-29 or 2026-11-29T14:00:00Z"
        raise argparse.ArgumentTypeError(words) from None
    when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    whole = int(when.replace(microsecond=0).timestamp())
    return whole * 1_000_000_000 + when.microsecond * 1000


def check_order(begin: int | None, end: int | None) -> None:
    """Raises ConfigError where nothing lies between the times of --from and --to; None: not given."""
    if end is not None and end <= (begin or 0):
        raise ConfigError("--to is not after --from")
