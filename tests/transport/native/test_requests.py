"""Requests that are compressed: read within their bound, or refused in one sentence."""

from __future__ import annotations

import gzip
import zlib

import pytest

from server.request_errors import RequestError
from server.transport.limits import MAX_REQUEST_BYTES
from server.transport.native.requests import UnknownEncodingError, plain

TEXT = b"BTC/USDT" * 100


def gzipped(body: bytes) -> bytes:
    """The same bytes at any time: they name tests."""
    return gzip.compress(body, mtime=0)


def test_each_encoding_is_read() -> None:
    assert plain(TEXT, "identity") == TEXT
    assert plain(gzip.compress(TEXT), "gzip") == TEXT
    assert plain(zlib.compress(TEXT), "deflate") == TEXT
    assert plain(gzip.compress(b""), "gzip") == b""


def test_another_encoding_is_named() -> None:
    with pytest.raises(UnknownEncodingError, match="snappy"):
        plain(TEXT, "snappy")


@pytest.mark.parametrize(
    ("body", "encoding", "words"),
    [
        (TEXT, "gzip", "is not gzip"),
        (b"", "gzip", "not whole gzip"),
        (gzipped(TEXT)[:-9], "gzip", "not whole gzip"),
        (gzipped(TEXT), "deflate", "is not deflate"),
        (gzipped(bytes(MAX_REQUEST_BYTES + 1)), "gzip", "more than 65536 bytes"),
        (gzipped(bytes(50_000_000)), "gzip", "more than 65536 bytes"),
    ],
)
def test_what_cannot_be_read_is_an_error_of_the_request(body: bytes, encoding: str, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        plain(body, encoding)


def test_the_largest_request_is_read() -> None:
    assert len(plain(gzip.compress(bytes(MAX_REQUEST_BYTES)), "gzip")) == MAX_REQUEST_BYTES
