"""Coinbase Advanced Trade's public REST API: /api/v3/brokerage/market/..., ten requests per second."""

from collections.abc import Callable
from typing import Any

from ..exchange import RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..limits import CreditPool
from ..rest import Refused, RestApi
from ..trade_history import Trade
from .coinbase import day_of, iso, moment
from .coinbase_advanced_frames import candle_entry, trade_entry

PREFIX = "/api/v3/brokerage/"
GRANULARITIES = {
    "ONE_MINUTE": 60, "FIVE_MINUTE": 300, "FIFTEEN_MINUTE": 900, "THIRTY_MINUTE": 1800, "ONE_HOUR": 3600,
    "TWO_HOUR": 7200, "FOUR_HOUR": 14400, "SIX_HOUR": 21600, "ONE_DAY": 86400,
}  # fmt: skip
MOST_CANDLES = 350
RATE, BURST = 10, 10


class CoinbaseAdvancedRest(RestApi):
    """Answers GET /api/v3/brokerage/... `side` says which side of a trade is told."""

    slashes = True
    symbol_key = "product_id"
    troubles = {429: ("RESOURCE_EXHAUSTED", "Too many requests"), 403: ("PERMISSION_DENIED", "Something went wrong"),
                451: ("PERMISSION_DENIED", "Something went wrong"), 404: ("NOT_FOUND", "not found"),
                500: ("INTERNAL", "Something went wrong")}  # fmt: skip

    def __init__(self, instruments: dict[str, Instrument], side: Callable[[Trade], str]) -> None:
        super().__init__(instruments)
        self.budgets = {"": CreditPool(BURST, RATE, 1)}
        self._side = side
        self.routes = {
            PREFIX + "time": self._time,
            PREFIX + "market/products": self._products,
            PREFIX + "market/products/{}": self._product,
            PREFIX + "market/products/{}/candles": self._candles,
            PREFIX + "market/products/{}/ticker": self._ticker,
            PREFIX + "market/product_book": self._book,
        }

    def alias(self, product: str) -> str:
        """The product behind a name: books in USDC are those in dollars."""
        dollars = product.removesuffix("-USDC") + "-USD"
        return dollars if product.endswith("-USDC") and dollars in self.instruments else product

    def market(self, request: RestRequest) -> VenueMarket:
        market = self.markets.get(self.alias(self.symbol_of(request) or ""))
        if market is None:
            raise self.bad(self.symbol_key, None)
        return market

    def error(self, code: str, text: str) -> Any:
        return {"error": code, "error_details": text, "message": text}

    def bad(self, name: str, value: str | None) -> Refused:  # noqa: ARG002 - the name is enough
        if name == self.symbol_key:
            return self.refused("NOT_FOUND", "product not found", 404)
        return self.refused("INVALID_ARGUMENT", f"{name} argument is invalid")

    @staticmethod
    def _time(request: RestRequest) -> Any:
        now = int(request.now * 1000)
        return {"iso": iso(now * 1000), "epochSeconds": str(now // 1000), "epochMillis": str(now)}

    def _products(self, request: RestRequest) -> Any:
        entries = self._entries()
        return {"products": entries[: self.whole(request, "limit", len(entries))], "num_products": len(entries)}

    def _product(self, request: RestRequest) -> Any:
        found = [entry for entry in self._entries() if entry["product_id"] == self.symbol_of(request)]
        if not found:
            raise self.bad(self.symbol_key, None)
        return found[0]

    def _entries(self) -> list[dict[str, Any]]:
        """The products; those in dollars are listed in USDC too."""
        entries: list[dict[str, Any]] = []
        for item in self.instruments.values():
            entry = product_entry(item, self.markets.get(item.symbol))
            if item.pair.quote != "USD":
                entries.append(entry)
                continue
            twin = f"{item.pair.base}-USDC"
            entries.append({**entry, "alias_to": [twin]})
            entries.append({**entry, "product_id": twin, "quote_currency_id": "USDC", "quote_display_symbol": "USDC",
                            "display_name": twin, "alias": item.symbol})  # fmt: skip
        return entries

    def _book(self, request: RestRequest) -> Any:
        market = self.market(request)
        state, item = view(market, request.as_of_us), market.instrument
        limit = self.whole(request, "limit", 0) or None
        bids, asks = (
            [{"price": item.price_number(price), "size": item.size_number(size)} for price, size in side[:limit]]
            for side in (state.bids, state.asks)
        )
        book = {"product_id": item.symbol, "bids": bids, "asks": asks, "time": iso(state.time_us)}
        return {"pricebook": book, "last": item.price_number(market.history.last_price)}

    def _candles(self, request: RestRequest) -> Any:
        """Newest first; intervals without trades are left out."""
        market, step = self.market(request), self.word(request, "granularity", GRANULARITIES)
        start, end = moment(self, request, "start", 0), moment(self, request, "end", 1 << 40)
        if "start" in request.query and (min(end, int(request.now)) - start) // step > MOST_CANDLES:
            raise self.refused("INVALID_ARGUMENT", "start and end argument is invalid - number of candles "
                             f"requested should be less than {MOST_CANDLES}")  # fmt: skip
        limit = max(1, min(MOST_CANDLES, self.whole(request, "limit", MOST_CANDLES)))
        known = market.history.candles(step * 1000, market.clock_us)
        chosen = [candle for candle in known if candle.trades and start <= candle.start_ms // 1000 <= end]
        return {"candles": [candle_entry(market.instrument, candle) for candle in chosen[-limit:][::-1]]}

    def _ticker(self, request: RestRequest) -> Any:
        """The last trades, newest first, and the best prices."""
        market, limit = self.market(request), max(1, min(1000, self.whole(request, "limit", 100)))
        item = market.instrument
        known = list(market.history.trades)[-limit:][::-1]
        bid, _, ask, _ = market.book.touch()
        return {"trades": [trade_entry(item, one, self._side(one)) for one in known],
                "best_bid": item.price_number(bid), "best_ask": item.price_number(ask)}  # fmt: skip


def product_entry(item: Instrument, market: VenueMarket | None) -> dict[str, Any]:
    """One entry of /market/products."""
    pair = item.pair
    price = item.price_number(market.history.last_price) if market is not None else ""
    volume = item.size_number(day_of(market)[3]) if market is not None else ""
    return {
        "product_id": item.symbol, "price": price, "price_percentage_change_24h": "0", "volume_24h": volume,
        "base_increment": item.size_text(1), "quote_increment": item.price_number(1), "quote_min_size": "1",
        "quote_max_size": "150000000", "base_min_size": item.size_text(1), "base_max_size": "3400",
        "base_name": pair.base, "quote_name": pair.quote, "is_disabled": False, "new": False, "status": "online",
        "cancel_only": False, "limit_only": False, "post_only": False, "trading_disabled": False,
        "auction_mode": False, "product_type": "SPOT", "quote_currency_id": pair.quote,
        "base_currency_id": pair.base, "mid_market_price": "", "alias": "", "alias_to": [],
        "base_display_symbol": pair.base, "quote_display_symbol": pair.quote, "view_only": False,
        "price_increment": item.price_number(1), "display_name": item.symbol, "product_venue": "CBE",
    }  # fmt: skip
