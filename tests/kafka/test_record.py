"""Keys: pair and venue, and no venue for all venues together."""

from __future__ import annotations

from server.kafka.record import key_of


def test_keys() -> None:
    assert key_of("BTC/USDT", "alpha") == b"BTC/USDT|alpha"
    assert key_of("BTC/USDT", "") == b"BTC/USDT|"
