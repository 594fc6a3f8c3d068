"""Coinbase Exchange's REST API: products, books, trades by cursor, candles. Ten requests a second, bursts of 15."""

from collections.abc import Callable
from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..trade_history import Candle, Trade
from .coinbase import TokenBucket, day_of, iso, maker_side, order_ids, seconds_of

GRANULARITIES = (60, 300, 900, 3600, 21600, 86400)
MOST_CANDLES = 300
MOST_TRADES = 1000
RATE, BURST = 10.0, 15


class BadRequest(Exception):
    """A request that is answered with a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer = RestAnswer(status, {"message": message})


class CoinbaseExchangeRest:
    """Answers GET /products/..."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self.instruments = instruments
        self.markets: dict[str, VenueMarket] = {}
        self.budget = TokenBucket(RATE, BURST)
        self._routes: dict[str, Callable[[VenueMarket, RestRequest], RestAnswer]] = {
            "book": self._book,
            "trades": self._trades,
            "candles": self._candles,
            "ticker": self._ticker,
        }

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer one request."""
        if not any(name.lower() == "user-agent" for name in request.headers):
            return RestAnswer(400, {"message": "User-Agent header is required."})
        if not self.budget.take(request.client, request.now):
            return refusal(429, None)
        try:
            return self._answer(request)
        except BadRequest as error:
            return error.answer

    def _answer(self, request: RestRequest) -> RestAnswer:
        parts = request.path.strip("/").split("/")
        if parts == ["time"]:
            now = int(request.now * 1_000_000)
            return RestAnswer(200, {"iso": iso(now), "epoch": now / 1_000_000})
        if parts[0] != "products" or len(parts) > 3:
            raise BadRequest(404, "NotFound")
        if len(parts) == 1:
            return RestAnswer(200, [product_entry(item) for item in self.instruments.values()])
        if parts[1] not in self.instruments:
            raise BadRequest(404, "NotFound")
        if len(parts) == 2:
            return RestAnswer(200, product_entry(self.instruments[parts[1]]))
        route, market = self._routes.get(parts[2]), self.markets.get(parts[1])
        if route is None or market is None:
            raise BadRequest(404, "NotFound")
        return route(market, request)

    @staticmethod
    def _book(market: VenueMarket, request: RestRequest) -> RestAnswer:
        """Level 1 is the best of each side, level 2 the whole book; every level shows one order."""
        level = request.query.get("level", "1")
        if level not in ("1", "2"):
            raise BadRequest(400, "Invalid level" if level != "3" else "level 3 requires authentication")
        state, item = view(market, request.as_of_us), market.instrument
        count = 1 if level == "1" else None
        bids, asks = (
            ",".join(f'["{item.price_text(price)}","{item.size_text(size)}",1]' for price, size in side[:count])
            for side in (state.bids, state.asks)
        )
        return RestAnswer(
            200,
            f'{{"bids":[{bids}],"asks":[{asks}],"sequence":{state.sequence},"auction_mode":false,"auction":null,'
            f'"time":"{iso(int(request.now * 1_000_000))}"}}',
        )

    @staticmethod
    def _trades(market: VenueMarket, request: RestRequest) -> RestAnswer:
        """Newest first; `before` asks for newer ones than a trade id, `after` for older ones."""
        limit = min(MOST_TRADES, number(request, "limit", MOST_TRADES))
        newer, older = number(request, "before", 0), number(request, "after", 1 << 62)
        chosen = [trade for trade in market.history.trades if newer < trade.id < older][-limit:][::-1]
        headers = {"CB-BEFORE": str(chosen[0].id), "CB-AFTER": str(chosen[-1].id)} if chosen else {}
        return RestAnswer(200, [trade_entry(market.instrument, trade) for trade in chosen], headers)

    @staticmethod
    def _candles(market: VenueMarket, request: RestRequest) -> RestAnswer:
        """Newest first; intervals without trades are left out."""
        step = number(request, "granularity", 60)
        if step not in GRANULARITIES:
            raise BadRequest(400, "Unsupported granularity")
        start, end = moment(request, "start", 0), moment(request, "end", 1 << 40)
        if "start" in request.query and (min(end, int(request.now)) - start) // step > MOST_CANDLES:
            raise BadRequest(400, "granularity too small for the requested time range. Count of aggregations "
                             f"requested exceeds {MOST_CANDLES}")  # fmt: skip
        known = market.history.candles(step * 1000, market.clock_us)
        chosen = [candle for candle in known if candle.trades and start <= candle.start_ms // 1000 <= end]
        rows = ",".join(candle_row(market.instrument, candle) for candle in chosen[-MOST_CANDLES:][::-1])
        return RestAnswer(200, f"[{rows}]")

    @staticmethod
    def _ticker(market: VenueMarket, _: RestRequest) -> RestAnswer:
        trades, item = market.history.trades, market.instrument
        if not trades:
            raise BadRequest(404, "NotFound")
        touch, price = market.book.touch(), item.price_text
        return RestAnswer(200, {
            "trade_id": trades[-1].id, "price": price(trades[-1].price), "size": item.size_text(trades[-1].size),
            "time": iso(trades[-1].time_us), "bid": price(touch[0]), "ask": price(touch[2]),
            "volume": item.size_text(day_of(market)[3]),
        })  # fmt: skip


def product_entry(item: Instrument) -> dict[str, Any]:
    """One entry of /products."""
    pair = item.pair
    return {
        "id": item.symbol, "base_currency": pair.base, "quote_currency": pair.quote,
        "quote_increment": item.price_number(1), "base_increment": item.size_text(1),
        "display_name": str(pair), "min_market_funds": "1", "margin_enabled": False, "post_only": False,
        "limit_only": False, "cancel_only": False, "status": "online", "status_message": "",
        "trading_disabled": False, "fx_stablecoin": False, "max_slippage_percentage": "0.02000000",
        "auction_mode": False, "high_bid_limit_percentage": "",
    }  # fmt: skip


def trade_entry(item: Instrument, trade: Trade) -> dict[str, Any]:
    """One trade; the side is the maker's."""
    maker, taker = order_ids(trade)
    return {"trade_id": trade.id, "side": maker_side(trade), "size": item.size_text(trade.size),
            "price": item.price_text(trade.price), "time": iso(trade.time_us),
            "maker_order_id": maker, "taker_order_id": taker}  # fmt: skip


def candle_row(item: Instrument, candle: Candle) -> str:
    """A candle as a row of numbers: time, low, high, open, close, volume."""
    price = item.price_number
    return (
        f"[{candle.start_ms // 1000},{price(candle.low)},{price(candle.high)},{price(candle.open)},"
        f"{price(candle.close)},{item.size_number(candle.volume)}]"
    )


def refusal(status: int, retry_after: int | None) -> RestAnswer:
    """The answer with an error status."""
    message = {429: "Public rate limit exceeded", 403: "Forbidden", 451: "Unavailable"}.get(status)
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return RestAnswer(status, {"message": message or "Internal server error"}, headers)


def number(request: RestRequest, name: str, default: int) -> int:
    """A whole number of the query."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 19):
        raise BadRequest(400, f"Invalid {name}")
    return int(text)


def moment(request: RestRequest, name: str, default: int) -> int:
    """A time of the query, in seconds."""
    try:
        return seconds_of(request.query[name]) if name in request.query else default
    except ValueError:
        raise BadRequest(400, f"Invalid {name}") from None
