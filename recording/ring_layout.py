"""The ring's header, version 1, as ring.h has it: offsets for Python."""

from __future__ import annotations

from struct import Struct

MAGIC = b"onebring"
LAYOUT = 1
HEADER_SIZE = 4096
LOST_BODY = 96
"""Bytes that the body of a LOST has at most."""

U64 = Struct("=Q")
I64 = Struct("=q")
START = Struct("=8sIIQ")
"""Magic, layout, size of the header, capacity."""
CAPACITY_AT = 16

# What the producer writes.
HEAD_AT = 64
LOST_MESSAGES_AT, LOST_BYTES_AT, LOST_SINCE_AT, LOST_AT_AT = 72, 80, 88, 96
TOTAL_LOST_MESSAGES_AT, TOTAL_LOST_BYTES_AT = 104, 112

# What the consumer writes.
TAIL_AT = 128
RECORDS_AT, BYTES_AT, BLOCKS_AT = 192, 200, 208
"""Counters of what is on the disk, over all recorders of this ring."""
INTENT_VALID_AT, INTENT = 256, Struct("=QQQ")
INTENT_AT = 264
"""The block that is about to be written: segment, block, position of the ring behind it."""
STATE_AT, TROUBLE_AT, TROUBLE_BYTES = 320, 512, 512
"""State of the recorder, and what troubles it: length, then UTF-8."""
