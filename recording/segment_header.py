"""The first 64 bytes of a segment: what it is, when it was begun, and which segment it continues."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import NamedTuple

from .errors import RecordingError
from .layout import CHAIN_BYTES, FILE_CHECKED, FILE_HEADER, FILE_MAGIC, VERSION

NO_ROOT = bytes(CHAIN_BYTES)
"""Root of the segment before the first."""


class SegmentHeader(NamedTuple):
    """How a segment begins."""

    start: int
    """When the segment was begun, nanoseconds UTC."""
    number: int
    """Numbers the segments of a folder, from 1."""
    previous_root: bytes
    """Root of the segment before: the chain of its last block."""

    def packed(self) -> bytes:
        """The bytes of the header."""
        begin = bytearray(FILE_HEADER.pack(FILE_MAGIC, VERSION, 0, self.start, self.number, 0, self.previous_root))
        begin[FILE_CHECKED - 4 : FILE_CHECKED] = zlib.crc32(begin[FILE_CHECKED:]).to_bytes(4, "little")
        return bytes(begin)

    @property
    def chain(self) -> bytes:
        """What the chain of the first block begins with."""
        return hashlib.sha256(self.packed()).digest()


def unpacked(begin: bytes, path: Path) -> SegmentHeader:
    """The header of the file `path`, which begins like this. Raises RecordingError."""
    if begin[: len(FILE_MAGIC)] != FILE_MAGIC:
        raise RecordingError(f"{path} is not a recording of onebook")
    if len(begin) < FILE_HEADER.size:
        raise RecordingError(f"{path} is cut short: {len(begin)} bytes")
    _magic, version, crc, start, number, _zero, root = FILE_HEADER.unpack(begin)
    if version != VERSION:
        raise RecordingError(f"{path} is of format version {version}; this program reads version {VERSION}")
    if crc != zlib.crc32(begin[FILE_CHECKED : FILE_HEADER.size]):
        raise RecordingError(f"{path} has a damaged header: its checksum is wrong")
    return SegmentHeader(start, number, root)
