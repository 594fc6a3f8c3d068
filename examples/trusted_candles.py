"""Candles to act on: the last hour, then every minute as it closes; what is not complete is named, not used.

python trusted_candles.py [HOST:PORT] [MARKET]
"""

from __future__ import annotations

import sys
import time

from onebook.client import Candle, Client

HOUR = 3_600_000_000_000


def main(target: str = "127.0.0.1:50052", market: str = "BTC/USDT") -> int:
    """Until Ctrl-C."""
    candles: dict[int, Candle] = {}
    with Client(target) as client:
        try:
            for candle in client.candles(market, "1m", start=time.time_ns() - HOUR):
                candles[candle.open_time_nanos] = candle
            complete = sum(candle.complete for candle in candles.values())
            print(f"{len(candles)} candles of the last hour, {complete} of them complete", flush=True)
            for candle in client.stream_candles(market, "1m", fill="previous"):
                # A correction has the same open time and a higher revision.
                candles[candle.open_time_nanos] = candle
                good = [each for each in candles.values() if each.complete and each.close is not None]
                mean = sum(each.close for each in good if each.close is not None) / max(len(good), 1)
                note = "" if candle.complete else f" ({candle.state.name.lower().replace('_', ' ')}: left out)"
                print(f"close {candle.close}{note}, mean of {len(good)} closes {mean:.2f}", flush=True)
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
