"""Units of time as the server counts it: whole nanoseconds."""

from __future__ import annotations

SECOND = 1_000_000_000
