"""Format version 1: structures, sizes and names, as docs/recording.md describes them. All numbers are little-endian."""

from __future__ import annotations

from enum import IntEnum
from struct import Struct

VERSION = 1
FILE_MAGIC = b"onebkrec"
BLOCK_MAGIC = b"obblock1"

FILE_HEADER = Struct("<8sIIqII32s")
"""Magic, version, CRC-32 of the bytes behind it, start, number, 0, root of the segment before."""
FILE_CHECKED = 16
"""Offset of the first byte that the file header's CRC-32 covers."""

BLOCK_HEADER = Struct("<8sIBBHIIIIqq32s")
"""Magic, CRC-32 of the bytes behind it, kind, codec, 0, number, stored length, raw length, records, first and last
time, chain."""
BLOCK_CHECKED = 12
"""Offset of the first byte that a block's CRC-32 and chain cover."""
CHAIN_AT = 48
"""Offset of the chain within a block header."""
CHAIN_BYTES = 32

RECORD_HEAD = Struct("<IIB7xqq")
"""Length of the body, source, kind, time, monotonic time."""
KIND_AT = 8
"""Offset of the kind within a head."""

END_PAYLOAD = Struct("<QQ")
"""Offset of the index block, number of records."""


class BlockKind(IntEnum):
    """What a block holds."""

    RECORDS = 1
    INDEX = 2
    END = 3


class Codec(IntEnum):
    """How the payload of a block is stored."""

    NONE = 0
    ZSTD = 1


RAW = "raw"
"""Folder of the segments, within the folder of a recording."""
SUFFIX = ".onebook"
UNNAMED = ".new"
"""Suffix of a segment whose header is not on the disk yet."""
MEBIBYTE = 2**20
BLOCK_BYTES = 256 * 1024
"""Raw bytes after which a block is full."""
FLOOD_BLOCK_BYTES = 4 * MEBIBYTE
"""Raw bytes of a block at most where more waits: each block waits for the disk once."""
BLOCK_NS = 1_000_000_000
"""Nanoseconds after which a block is written although it is not full."""
SEGMENT_BYTES = 1 << 30
"""Bytes after which a segment is full."""
HOUR_NS = 3_600_000_000_000
LARGEST_BODY = 256 * MEBIBYTE
"""The largest body of a record. A stored length above it, with room for a head, is damage."""
LARGEST_RAW = LARGEST_BODY + MEBIBYTE
