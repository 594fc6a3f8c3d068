"""The layout of the file, version 1, as onebook_shm.h has it: offsets, sizes, and how fields are unpacked.

tests/shm/test_layout.py holds both together, field by field.
"""

from __future__ import annotations

from struct import Struct

MAGIC = b"onebkshm"
LAYOUT = 1
DIRECTORY = "/dev/shm"
PREFIX = "onebook-"
SILENCE = 2_000_000_000
"""Nanoseconds after which a server that shows no sign of life counts as gone."""
ATTEMPTS = 10_000

# The values of onebook_shm.h.
STARTING, SERVING, STOPPED = 0, 1, 2
SERVED, REMOVED = 1, 2
HEARTBEAT, TWO_SIDED, CROSSED, WITHHELD = 1, 2, 4, 8
WHOLE_BOOK, UNVERIFIED = 1, 2
OK, NOT_SERVING, SERVER_GONE, NO_MARKET, NO_BOOK, GONE_MARKET, NO_WHOLE_BOOK = 0, 7, 8, 9, 10, 11, 12
"""Results of a read."""

HEADER = Struct("=8sIIQQqIIQQQQII40xqQI4x104x")
HEADER_FIELDS = (
    "magic",
    "layout",
    "header_size",
    "file_size",
    "epoch",
    "pid",
    "slot_capacity",
    "slot_count",
    "first_slot",
    "slot_size",
    "first_body",
    "body_size",
    "level_capacity",
    "venue_capacity",
    "heartbeat_monotonic",
    "generation",
    "server_state",
)
SLOT_COUNT_AT, HEARTBEAT_AT, SERVER_STATE_AT = 44, 128, 144

SLOT = Struct("=128sQI4x48x")
SLOT_FIELDS = ("market", "counter", "state")
MARKET_BYTES, COUNTER_AT, STATE_AT = 128, 128, 136

BOOK = Struct("=QQqqqqqqiiIIIIIII4xQ16x")
BOOK_FIELDS = (
    "epoch",
    "sequence",
    "publish_time",
    "publish_monotonic",
    "receive_time",
    "exchange_time",
    "spread",
    "mid",
    "price_exponent",
    "size_exponent",
    "flags",
    "bid_count",
    "ask_count",
    "venue_count",
    "proved_bid_levels",
    "proved_ask_levels",
    "live_venues",
    "digest",
)
COUNTS = Struct("=III")
COUNTS_AT = 76
"""Of bids, asks and venues."""

LEVEL = Struct("=qqI4x")
LEVEL_FIELDS = ("price", "size", "venue")

VENUE = Struct("=32s96sIIqqQQIIQIIqqIIIIIII4xqQ")
VENUE_FIELDS = (
    "name",
    "detail",
    "state",
    "trades_state",
    "exchange_time",
    "receive_time",
    "age",
    "venue_sequence",
    "resyncs",
    "gaps",
    "checksums_verified",
    "checksum_failures",
    "flags",
    "lowest_complete_bid",
    "highest_complete_ask",
    "bid_levels",
    "ask_levels",
    "audits",
    "audit_bid_match_ppm",
    "audit_ask_match_ppm",
    "ghost_levels",
    "missing_levels",
    "clock_offset",
    "clock_uncertainty",
)
NAME_BYTES = 32
VENUE_STATE = Struct("=I")
VENUE_STATE_AT = 128
