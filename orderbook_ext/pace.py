"""The numbers of a stream's pace: the same as in pace.h."""

from __future__ import annotations

SECOND = 1_000_000_000
# A stream that has shown its pace may be silent for so many of its longest pauses, and at least for so long.
PAUSES = 6
LEAST = 3 * SECOND
# Before so many frames its pace is not known.
FRAMES = 50
# A long pause is forgotten by and by: each frame takes 1/2^FORGET of it.
FORGET = 9
