"""Coinbase Advanced Trade's public REST API: /api/v3/brokerage/market/..., ten requests a second."""

from collections.abc import Callable
from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..trade_history import Trade
from .coinbase import TokenBucket, day_of, iso, seconds_of
from .coinbase_advanced_frames import candle_entry, trade_entry

PREFIX = "/api/v3/brokerage/"
GRANULARITIES = {
    "ONE_MINUTE": 60, "FIVE_MINUTE": 300, "FIFTEEN_MINUTE": 900, "THIRTY_MINUTE": 1800, "ONE_HOUR": 3600,
    "TWO_HOUR": 7200, "FOUR_HOUR": 14400, "SIX_HOUR": 21600, "ONE_DAY": 86400,
}  # fmt: skip
MOST_CANDLES = 350
RATE, BURST = 10.0, 10


class BadRequest(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, code: str, details: str) -> None:
        super().__init__(details)
        self.answer = RestAnswer(status, {"error": code, "error_details": details, "message": details})


class CoinbaseAdvancedRest:
    """Answers GET /api/v3/brokerage/... `side` says which side of a trade is told."""

    def __init__(self, instruments: dict[str, Instrument], side: Callable[[Trade], str]) -> None:
        self.instruments = instruments
        self.markets: dict[str, VenueMarket] = {}
        self.budget = TokenBucket(RATE, BURST)
        self._side = side

    def alias(self, product: str) -> str:
        """The product behind a name: books in USDC are those in dollars."""
        dollars = product.removesuffix("-USDC") + "-USD"
        return dollars if product.endswith("-USDC") and dollars in self.instruments else product

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer one request."""
        if not self.budget.take(request.client, request.now):
            return refusal(429, None)
        parts = request.path.removeprefix(PREFIX).strip("/").split("/")
        try:
            if not request.path.startswith(PREFIX):
                raise BadRequest(404, "NOT_FOUND", "not found")
            return RestAnswer(200, self._body(parts, request))
        except BadRequest as error:
            return error.answer

    def _body(self, parts: list[str], request: RestRequest) -> Any:
        if parts == ["time"]:
            now = int(request.now * 1000)
            return {"iso": iso(now * 1000), "epochSeconds": str(now // 1000), "epochMillis": str(now)}
        if parts == ["market", "products"]:
            entries = self._entries()
            limit = number(request, "limit", len(entries))
            return {"products": entries[:limit], "num_products": len(entries)}
        if parts == ["market", "product_book"]:
            return self._book(self._market(request.query.get("product_id", "")), request)
        if parts[:2] != ["market", "products"] or len(parts) > 4:
            raise BadRequest(404, "NOT_FOUND", "not found")
        if len(parts) == 3:
            found = [entry for entry in self._entries() if entry["product_id"] == parts[2]]
            return found[0] if found else self._market(parts[2])
        market = self._market(parts[2])
        if parts[3] == "candles":
            return self._candles(market, request)
        if parts[3] == "ticker":
            return self._ticker(market, request)
        raise BadRequest(404, "NOT_FOUND", "not found")

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

    def _market(self, product: str) -> VenueMarket:
        market = self.markets.get(self.alias(product))
        if market is None:
            raise BadRequest(404, "NOT_FOUND", "product not found")
        return market

    @staticmethod
    def _book(market: VenueMarket, request: RestRequest) -> Any:
        state, item = view(market, request.as_of_us), market.instrument
        limit = number(request, "limit", 0) or None
        bids, asks = (
            [{"price": item.price_number(price), "size": item.size_number(size)} for price, size in side[:limit]]
            for side in (state.bids, state.asks)
        )
        book = {"product_id": item.symbol, "bids": bids, "asks": asks, "time": iso(state.time_us)}
        return {"pricebook": book, "last": item.price_number(market.history.minutes[-1].close)}

    @staticmethod
    def _candles(market: VenueMarket, request: RestRequest) -> Any:
        """Newest first; intervals without trades are left out."""
        step = GRANULARITIES.get(request.query.get("granularity", ""))
        if step is None:
            raise BadRequest(400, "INVALID_ARGUMENT", "granularity argument is invalid")
        start, end = moment(request, "start", 0), moment(request, "end", 1 << 40)
        if "start" in request.query and (min(end, int(request.now)) - start) // step > MOST_CANDLES:
            raise BadRequest(400, "INVALID_ARGUMENT", "start and end argument is invalid - number of candles "
                             f"requested should be less than {MOST_CANDLES}")  # fmt: skip
        limit = max(1, min(MOST_CANDLES, number(request, "limit", MOST_CANDLES)))
        known = market.history.candles(step * 1000, market.clock_us)
        chosen = [candle for candle in known if candle.trades and start <= candle.start_ms // 1000 <= end]
        return {"candles": [candle_entry(market.instrument, candle) for candle in chosen[-limit:][::-1]]}

    def _ticker(self, market: VenueMarket, request: RestRequest) -> Any:
        """The last trades, newest first, and the best prices."""
        item, limit = market.instrument, max(1, min(1000, number(request, "limit", 100)))
        known = list(market.history.trades)[-limit:][::-1]
        bid, _, ask, _ = market.book.touch()
        return {"trades": [trade_entry(item, one, self._side(one)) for one in known],
                "best_bid": item.price_number(bid), "best_ask": item.price_number(ask)}  # fmt: skip


def product_entry(item: Instrument, market: VenueMarket | None) -> dict[str, Any]:
    """One entry of /market/products."""
    pair = item.pair
    price = item.price_number(market.history.minutes[-1].close) if market is not None else ""
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


def refusal(status: int, retry_after: int | None) -> RestAnswer:
    """The answer with an error status."""
    code = {429: "RESOURCE_EXHAUSTED", 403: "PERMISSION_DENIED", 451: "PERMISSION_DENIED"}.get(status, "INTERNAL")
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    message = "Too many requests" if status == 429 else "Something went wrong"
    return RestAnswer(status, {"error": code, "error_details": message, "message": message}, headers)


def number(request: RestRequest, name: str, default: int) -> int:
    """A whole number of the query."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise BadRequest(400, "INVALID_ARGUMENT", f"{name} argument is invalid")
    return int(text)


def moment(request: RestRequest, name: str, default: int) -> int:
    """A time of the query, in seconds."""
    try:
        return seconds_of(request.query[name]) if name in request.query else default
    except ValueError:
        raise BadRequest(400, "INVALID_ARGUMENT", f"{name} argument is invalid") from None
