"""What posts are answered with: POST /api/order_book/ and POST /api/average_price_set/."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from .. import clock
from ..analytics.averages.compute import PriceAverage
from ..analytics.averages.runtime import PriceChoice, PriceSamplers
from ..analytics.engine import AnalyticsEngine
from ..analytics.exact import plain, shifted
from ..analytics.numbers import rounded
from ..api.calls import Post
from ..market.market import Market
from ..model import Receipt
from ..registry import MarketRegistry
from ..request_errors import invalid, removed
from ..units import SECOND
from . import push_schemas
from .push_feed import PushFeed
from .push_request import book_post, duration_post
from .pushed_book import PUSH

ORDER_BOOK, AVERAGE_PRICES = "/api/order_book", "/api/average_price_set"


class PushPosts:
    """The posts of one server. Thread-safe."""

    def __init__(self, registry: MarketRegistry, analytics: AnalyticsEngine) -> None:
        self._registry = registry
        self._analytics = analytics

    def by_path(self) -> Mapping[str, Post]:
        """What answers posts, by path without a slash at the end."""
        seconds = [window // SECOND for window in self._analytics.settings.windows]
        return {
            ORDER_BOOK: Post(
                self.order_book,
                "Replaces a book of the venue push, whole. What is refused changes nothing.",
                push_schemas.BOOK,
                push_schemas.TAKEN,
            ),
            AVERAGE_PRICES: Post(
                self.average_prices,
                "The averages of all markets over a duration. Stores nothing.",
                push_schemas.duration(seconds),
                push_schemas.averages(seconds),
            ),
        }

    def order_book(self, body: bytes) -> dict[str, Any]:
        """Replaces a book."""
        at = Receipt(clock.time_ns(), clock.monotonic_ns())
        post = book_post(body)
        feed = self._registry.feeds.get(PUSH)
        if not isinstance(feed, PushFeed):
            raise removed(f"the venue {PUSH} was removed by command")
        market = feed.post(post, at)
        return {"market": market.name, "bids": len(post.bids), "asks": len(post.asks)}

    def average_prices(self, body: bytes) -> dict[str, Any]:
        """The averages of one duration, of all markets."""
        duration = duration_post(body)
        windows = [window // SECOND for window in self._analytics.settings.windows]
        if duration * SECOND not in self._analytics.settings.windows:
            words = f"this server averages over {', '.join(map(str, windows))} s (setting averages)"
            raise invalid("duration", words)
        markets = list(self._registry.markets.values())
        return {"duration": duration, "average_prices": [self._average(market, duration) for market in markets]}

    def _average(self, market: Market, duration: int) -> dict[str, Any]:
        sampler = self._analytics.of(market).get(PriceSamplers).of(PriceChoice())
        found = next(each for each in sampler.averages() if each.window == duration * SECOND)
        return {
            "ticker": f"{market.pair.base}{market.pair.quote}",
            "market": market.name,
            "price": _price(found),
            "coverage": plain(shifted(found.coverage_ppm, 6)),
            "timestamp_lower": _stamp(found.start),
            "timestamp_upper": _stamp(found.end),
        }


def _price(average: PriceAverage) -> str | None:
    """The average as text, rounded once to at most 12 decimals; None while there is none."""
    if average.time_weighted is None:
        return None
    value, exponent = rounded(average.time_weighted)
    return plain(shifted(value, -exponent))


def _stamp(nanoseconds: int) -> str:
    """ISO 8601 in UTC, to microseconds."""
    seconds, rest = divmod(nanoseconds, SECOND)
    moment = datetime.fromtimestamp(seconds, timezone.utc).replace(microsecond=rest // 1000)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
