"""Units of what the server counts: time in whole nanoseconds, prices and sizes in mantissas of 64 bits."""

from __future__ import annotations

SECOND = 1_000_000_000
LARGEST_MANTISSA = 2**63 - 1
