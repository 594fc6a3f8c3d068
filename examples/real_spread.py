"""What a size really costs to trade: buy it and sell it at once, with all venues' fees, lots and depths.

python real_spread.py [HOST:PORT] [MARKET] [SIZE]
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

from onebook.client import AsyncClient, Quote, Side

newest: dict[Side, Quote] = {}


async def follow(client: AsyncClient, market: str, side: Side, size: str) -> None:
    """Keep one side's newest price, and print what both make together."""
    async for quote in client.stream_quote(market, side, size=size, min_interval=0.5):
        newest[quote.side] = quote
        if len(newest) == 2:
            print(verdict(newest[Side.BUY], newest[Side.SELL]), flush=True)


def verdict(buy: Quote, sell: Quote) -> str:
    """One line."""
    for quote in (buy, sell):
        if not quote.filled or quote.effective_price is None:
            return f"cannot {quote.side.name.lower()} it: {quote.reason}"
    if buy.effective_price is None or sell.effective_price is None or not buy.mid:
        return "no prices"
    lost = buy.effective_price - sell.effective_price
    venues = ", ".join(f"{part.size.normalize():f} on {part.venue}" for part in buy.slices)
    return f"round trip {lost:,.2f} a unit, {lost / buy.mid * 10_000:.2f} bp; buy {venues}"


async def main(target: str = "127.0.0.1:50052", market: str = "BTC/USDT", size: str = "1") -> None:
    """Until Ctrl-C."""
    async with AsyncClient(target) as client:
        await asyncio.gather(*(follow(client, market, side, size) for side in (Side.BUY, Side.SELL)))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(*sys.argv[1:]))
