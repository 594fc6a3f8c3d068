"""Protobuf bytes by hand, as upb writes them: fields by number, proto3 defaults left out."""

from __future__ import annotations

import struct

VARINT, FIXED64, BYTES = 0, 1, 2


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def key(number: int, kind: int) -> bytes:
    return varint(number << 3 | kind)


def integer(number: int, value: int) -> bytes:
    """int64, uint64, uint32, bool and enum."""
    return key(number, VARINT) + varint(value) if value else b""


def present(number: int, value: int | None) -> bytes:
    """`optional int64`."""
    return b"" if value is None else key(number, VARINT) + varint(value)


def zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def fixed64(number: int, value: int) -> bytes:
    return key(number, FIXED64) + struct.pack("<Q", value) if value else b""


def double(number: int, value: float) -> bytes:
    return key(number, FIXED64) + struct.pack("<d", value) if value else b""


def text(number: int, value: str) -> bytes:
    return message(number, value.encode()) if value else b""


def message(number: int, body: bytes) -> bytes:
    return key(number, BYTES) + varint(len(body)) + body
