"""Two markets at once in one thread: the mid of each, and their ratio, at every change of either.

python async_two_markets.py [HOST:PORT] [MARKET MARKET]
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

from onebook.client import AsyncClient

mids: dict[str, float] = {}


async def follow(client: AsyncClient[float], market: str, markets: tuple[str, str]) -> None:
    """Keep one market's mid."""
    async for summary in client.stream_summary(market, min_interval=0.1):
        if summary.mid is not None:
            mids[market] = summary.mid
        if all(name in mids for name in markets):
            first, second = (mids[name] for name in markets)
            print(f"{markets[0]} {first:,.2f}   {markets[1]} {second:,.2f}   ratio {first / second:.4f}", flush=True)


async def main(target: str = "127.0.0.1:50052", first: str = "BTC/USDT", second: str = "ETH/USDT") -> None:
    """Until Ctrl-C."""
    async with AsyncClient(target, numbers="float") as client:
        await asyncio.gather(*(follow(client, market, (first, second)) for market in (first, second)))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(*sys.argv[1:]))
