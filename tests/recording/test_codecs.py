"""Payloads come back as they were, and what cannot be read says why."""

from __future__ import annotations

import pytest

from recording import codecs
from recording.codecs import Compressor, raw
from recording.layout import Codec


@pytest.mark.parametrize("codec", list(Codec))
def test_what_was_stored_comes_back(codec: Codec) -> None:
    compressor = Compressor(codec)
    for payload in (b"", b"x" * 100_000, bytes(range(256))):
        assert raw(codec, compressor.stored(payload), len(payload)) == payload


def test_blocks_are_compressed_where_zstd_is() -> None:
    assert codecs.BEST is Codec.ZSTD


def test_a_payload_that_is_longer_than_it_says_fills_no_memory() -> None:
    stored = Compressor(Codec.ZSTD).stored(bytes(50_000_000))
    with pytest.raises(ValueError, match="holds 101 bytes instead of 100"):
        raw(Codec.ZSTD, stored, 100)


@pytest.mark.parametrize("stored", [b"", b"no zstd at all", Compressor(Codec.ZSTD).stored(b"x" * 99)[:-3]])
def test_what_is_no_zstd_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match="it "):
        raw(Codec.ZSTD, stored, 99)


def test_an_unknown_codec_and_a_missing_zstd_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"does not know \(9\)"):
        raw(9, b"", 0)
    stored = Compressor(Codec.ZSTD).stored(b"x")
    monkeypatch.setattr(codecs, "zstd", None)
    with pytest.raises(ValueError, match=r"install backports\.zstd"):
        raw(Codec.ZSTD, stored, 1)
