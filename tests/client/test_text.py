"""How names are sent as they were typed."""

from __future__ import annotations

import pytest

from client.text import market_name


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("btc/usdt", "BTC/USDT"),
        ("BTC/USDT", "BTC/USDT"),
        ("AAPLx/USD", "AAPLx/USD"),
        ("weETH", "weETH"),
        ("币安人生/usdt", "币安人生/usdt"),
        ("", ""),
    ],
)
def test_a_market_is_sent_as_it_is_spelled(typed: str, sent: str) -> None:
    assert market_name(typed) == sent
