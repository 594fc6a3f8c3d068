"""Binance.US: the protocol of Binance spot on other hosts, with other limits and true USD pairs.

Facts from github.com/binance-us/binance-us-api-docs, state of June 2024.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from ..protocol.rest_request import RestRequest
from ..protocol.venue import Endpoint, Limits
from .binance import BYTES_PER_SUBSCRIBE, INTERVALS, NAMES_PER_SUBSCRIBE, Binance, klines


class BinanceUs(Binance):
    """Binance.US."""

    NAME = "binance_us"
    TITLE = "Binance.US"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://stream.binance.us:9443", "https://api.binance.us"),
    }
    LIMITS = Limits(
        rest_weight=1200,
        rest_seconds=60.0,
        streams_per_connection=1024,
        sends_per_second=5.0,
        connects_per_minute=60.0,
        max_age=24 * 3600.0,
        used_weight_header="X-MBX-USED-WEIGHT-1M",
        request_names=NAMES_PER_SUBSCRIBE,
        request_bytes=BYTES_PER_SUBSCRIBE,
        # Thin books: long silence is normal.
        silence=30.0,
        # The venue pings every 3 minutes.
        dead=400.0,
    )
    # Klines of a second were removed in September 2023.
    CANDLES = klines("/api/v3/klines", INTERVALS, limit=1000, weight=1)
    SNAPSHOT_WEIGHTS: ClassVar[Sequence[tuple[int, int]]] = ((100, 1), (500, 5), (1000, 10), (5000, 50))

    def discovery(self) -> RestRequest:
        return RestRequest("/api/v3/exchangeInfo", weight=10, timeout=20.0)
