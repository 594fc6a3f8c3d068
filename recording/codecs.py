"""How payloads of blocks are stored: by zstd where Python has it, else as they are."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Any

from .layout import Codec

LEVEL = 1


def _found() -> Any:
    """The module of zstd, which Python has from 3.14 on; None where there is none."""
    for name in ("compression.zstd", "backports.zstd"):
        with suppress(ModuleNotFoundError):
            return import_module(name)
    return None


zstd: Any = _found()
BEST = Codec.NONE if zstd is None else Codec.ZSTD
"""How new blocks are stored."""


class Compressor:
    """Stores payloads. One per writer: its memory is used again for each payload."""

    def __init__(self, codec: Codec = BEST, level: int = LEVEL) -> None:
        self.codec = codec
        self._context = zstd.ZstdCompressor(level=level) if codec is Codec.ZSTD else None

    def stored(self, payload: bytes) -> bytes:
        """The payload as it is stored."""
        if self._context is None:
            return payload
        return bytes(self._context.compress(payload, self._context.FLUSH_FRAME))


def raw(codec: int, stored: bytes, length: int) -> bytes:
    """The payload of `length` bytes. Raises ValueError, with a reason for people, if it cannot be had."""
    if codec == Codec.NONE:
        payload = stored
    elif codec == Codec.ZSTD:
        payload = _decompressed(stored, length)
    else:
        raise ValueError(f"it is stored in a way that this version does not know ({codec})")
    if len(payload) != length:
        raise ValueError(f"it holds {len(payload)} bytes instead of {length}")
    return payload


def _decompressed(stored: bytes, length: int) -> bytes:
    if zstd is None:
        raise ValueError("it is compressed by zstd: install backports.zstd, or use Python 3.14")
    context = zstd.ZstdDecompressor()
    try:
        # One byte more than expected, so that what is longer shows and never fills the memory.
        return bytes(context.decompress(stored, max_length=length + 1))
    except zstd.ZstdError as error:
        raise ValueError(f"it cannot be decompressed ({error})") from error
