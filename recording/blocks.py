"""Blocks: a header, then a payload. Each block is checked by itself, and chained to the block before."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from . import codecs
from .errors import DamagedError
from .layout import (
    BLOCK_CHECKED,
    BLOCK_HEADER,
    BLOCK_MAGIC,
    CHAIN_AT,
    LARGEST_RAW,
    RECORD_HEAD,
    BlockKind,
)
from .record_table import RecordTable
from .records import Record


class BlockHeader(NamedTuple):
    """The header of one block."""

    kind: int
    """One of BlockKind."""
    codec: int
    number: int
    """Numbers the blocks of a segment, from 0."""
    stored_length: int
    raw_length: int
    records: int
    first_time: int
    """The earliest time of its records, nanoseconds UTC; of an index or end, when it was written."""
    last_time: int
    """The latest time of its records."""
    chain: bytes
    """SHA-256 over the chain before, this header and the stored payload."""


def packed(header: BlockHeader, stored: bytes, previous: bytes) -> tuple[bytes, bytes]:
    """The header's bytes, and its chain. `previous` is the chain of the block before; `header.chain` is not read."""
    fields = (BLOCK_MAGIC, 0, *header[:2], 0, *header[2:-1], b"")
    begin = bytearray(BLOCK_HEADER.pack(*fields))
    chain = chain_of(previous, begin, stored)
    begin[CHAIN_AT:] = chain
    begin[BLOCK_CHECKED - 4 : BLOCK_CHECKED] = _crc(begin, stored).to_bytes(4, "little")
    return bytes(begin), chain


def unpacked(begin: bytes) -> BlockHeader:
    """A header of which nothing is checked but what a reader needs to find the payload. Raises DamagedError."""
    if len(begin) < BLOCK_HEADER.size:
        raise DamagedError("its header is cut short")
    magic, _crc, kind, codec, _zero, *rest = BLOCK_HEADER.unpack(begin)
    header = BlockHeader(kind, codec, *rest)
    if magic != BLOCK_MAGIC:
        raise DamagedError("it does not begin as a block does")
    if max(header.stored_length, header.raw_length) > LARGEST_RAW:
        raise DamagedError(f"its length is impossible ({header.stored_length} bytes)")
    return header


def check(begin: bytes, stored: bytes) -> None:
    """Raises DamagedError where header or payload are not what was written."""
    if int.from_bytes(begin[BLOCK_CHECKED - 4 : BLOCK_CHECKED], "little") != _crc(begin, stored):
        raise DamagedError("its checksum is wrong")


def chain_of(previous: bytes, begin: bytes | bytearray, stored: bytes) -> bytes:
    """The chain of a block whose header and payload these are."""
    digest = hashlib.sha256(previous)
    digest.update(begin[BLOCK_CHECKED:CHAIN_AT])
    digest.update(stored)
    return digest.digest()


def _crc(begin: bytes | bytearray, stored: bytes) -> int:
    return zlib.crc32(stored, zlib.crc32(begin[BLOCK_CHECKED:]))


class Block(NamedTuple):
    """A whole block, whose checksum is right."""

    offset: int
    """Where it begins in its file."""
    header: BlockHeader
    stored: bytes

    @property
    def end(self) -> int:
        """Offset of the first byte behind it."""
        return self.offset + BLOCK_HEADER.size + len(self.stored)

    @property
    def payload(self) -> bytes:
        """The raw payload. Raises DamagedError."""
        try:
            return codecs.raw(self.header.codec, self.stored, self.header.raw_length)
        except ValueError as error:
            raise DamagedError(str(error)) from error

    def heads(self, payload: bytes) -> list[tuple[int, int, int, int, int]]:
        """Of each record: length of the body, source, kind, time, monotonic time. Raises DamagedError."""
        table = self.header.records * RECORD_HEAD.size
        if table > len(payload):
            raise DamagedError("its records are cut short")
        heads = list(RECORD_HEAD.iter_unpack(payload[:table]))
        if table + sum([head[0] for head in heads]) != len(payload):
            raise DamagedError("its records have other lengths than the block")
        return heads

    def records(self) -> Iterator[Record]:
        """The records of a block of records. Raises DamagedError before the first of them, never later."""
        payload = self.payload
        heads = self.heads(payload)
        return _records(payload, len(heads) * RECORD_HEAD.size, heads)

    def table(self) -> RecordTable:
        """The records of a block of records, for whoever takes many at once. Raises DamagedError."""
        return RecordTable(self.payload, self.header.records)

    @property
    def holds_records(self) -> bool:
        """Whether it is neither index nor end, nor of a kind that a later version has added."""
        return self.header.kind == BlockKind.RECORDS


def _records(payload: bytes, at: int, heads: list[tuple[int, int, int, int, int]]) -> Iterator[Record]:
    make = tuple.__new__
    for length, source, kind, time, monotonic in heads:
        end = at + length
        yield make(Record, (kind, source, payload[at:end], time, monotonic))
        at = end
