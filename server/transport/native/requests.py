"""The bytes of a request, which may be compressed."""

from __future__ import annotations

import zlib

from ...request_errors import RequestError, invalid
from ..limits import MAX_REQUEST_BYTES

# Window bits that zlib reads: with gzip's header, and with its own.
WINDOWS = {"gzip": 31, "deflate": 15}


class UnknownEncodingError(Exception):
    """The client compresses in a way that this server does not read."""


def plain(body: bytes, encoding: str) -> bytes:
    """The request as it was before it was compressed.

    Raises UnknownEncodingError, and RequestError for bytes that are not of that encoding or too many.
    """
    if encoding == "identity":
        return body
    if encoding not in WINDOWS:
        raise UnknownEncodingError(encoding)
    reader = zlib.decompressobj(WINDOWS[encoding])
    try:
        found = reader.decompress(body, MAX_REQUEST_BYTES + 1)
    except zlib.error as error:
        raise _broken(f"is not {encoding}: {error}") from error
    if len(found) > MAX_REQUEST_BYTES:
        raise _broken(f"has more than {MAX_REQUEST_BYTES} bytes")
    if not reader.eof:
        raise _broken(f"is not whole {encoding}")
    return found


def _broken(words: str) -> RequestError:
    return invalid("request", words)
