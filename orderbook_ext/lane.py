"""What the fast lane and its twin know of sequence rules, states and times; see lane.h and sequence.h."""

from __future__ import annotations

SEQUENCES = ("range", "counter", "link", "plain", "rising", "stateless")

# onebook.v1.VenueState.
STATE_LIVE = 3
# Venue times outside of these are in another unit, or nonsense: 2009 to 2100, in nanoseconds UTC.
EARLIEST_TIME, LATEST_TIME = 1_230_768_000 * 10**9, 4_102_444_800 * 10**9
