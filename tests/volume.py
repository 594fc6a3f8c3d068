"""How much is drawn at random: ONEBOOK_VOLUME times the usual, less in `make test` and more in `make nightly`.

Only numbers of examples depend on it: every venue, kind and place is in every run.
"""

from __future__ import annotations

import math
import os

VOLUME = float(os.environ.get("ONEBOOK_VOLUME") or "1")


def examples(usual: int, least: int = 1) -> int:
    """So many examples where nothing else is said."""
    return max(least, math.ceil(usual * VOLUME))
