"""How much is drawn at random: a part of it in every run, all of it at night (`make nightly`, ONEBOOK_VOLUME=5).

Only numbers of examples depend on it: every venue, kind and place is in every run.
"""

from __future__ import annotations

import math
import os

VOLUME = float(os.environ.get("ONEBOOK_VOLUME") or "1")


def examples(usual: int, least: int = 1) -> int:
    """So many examples where nothing else is said."""
    return max(least, math.ceil(usual * VOLUME))
