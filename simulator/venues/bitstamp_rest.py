"""Bitstamp's REST API, version 2: market data only. Order books come from a cache and are 0.4 to 2.6 seconds old."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..decimals import scaled_text
from ..exchange import RestAnswer, RestRequest, view
from ..generator import State, VenueMarket
from ..instruments import Instrument
from ..limits import WeightBudget
from ..trade_history import Candle

STEPS = (60, 180, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 259200)
CACHE_AGE_US = (400_000, 2_600_000)
SPANS = {"minute": 60, "hour": 3600, "day": 86400}
NAMES = {"BTC": "Bitcoin", "ETH": "Ether", "USD": "U.S. dollar", "USDT": "Tether", "EUR": "Euro"}


class BadRequest(Exception):
    """A request that is answered with an error body."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.answer = error_answer(status, code, reason)


class BitstampRest:
    """Answers GET /api/v2/... from the instruments and markets of the venue."""

    def __init__(self, instruments: dict[str, Instrument], steady: Callable[[], int]) -> None:
        self.instruments = instruments
        self._steady = steady  # a clock that no fault moves, in microseconds
        self.markets: dict[str, VenueMarket] = {}
        self.budget = WeightBudget(10_000, window_seconds=600, patience=1 << 30)
        self._random = random.Random("cache")
        self._cache: dict[str, tuple[State, int]] = {}  # by symbol: the state and when it ceases to be served
        self._routes: dict[str, Callable[[VenueMarket, RestRequest], Any]] = {
            "order_book": self._order_book,
            "ticker": lambda market, _: ticker(market, 1440),
            "ticker_hour": lambda market, _: ticker(market, 60),
            "transactions": self._transactions,
            "ohlc": self._ohlc,
        }

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer one request."""
        if self.budget.spend(request.client, 1, request.now).status != 200:
            spent = error_answer(400, "400.002", "Request rate limit exceeded.")
            return replace(spent, limited=True)
        parts = [part for part in request.path.split("/") if part]
        try:
            if parts[:2] != ["api", "v2"] or not 3 <= len(parts) <= 4:
                raise BadRequest(404, "404.001", "Not found.")
            return RestAnswer(200, self._body(parts[2], parts[3:], request))
        except BadRequest as error:
            return error.answer

    def _body(self, name: str, symbols: list[str], request: RestRequest) -> Any:
        if not symbols and name == "markets":
            return [market_entry(item) for item in self.instruments.values()]
        if not symbols and name == "trading-pairs-info":
            return [pair_entry(item) for item in self.instruments.values()]
        if not symbols and name == "ticker":
            return [{**ticker(market, 1440), "pair": str(market.instrument.pair)} for market in self.markets.values()]
        route = self._routes.get(name)
        if route is None or not symbols:
            raise BadRequest(404, "404.001", "Not found.")
        market = self.markets.get(symbols[0])
        if market is None:
            raise BadRequest(404, "404.002", "Currency pair not found.")
        return route(market, request)

    def _order_book(self, market: VenueMarket, request: RestRequest) -> str:
        group = request.query.get("group", "1")
        if group not in ("0", "1", "2"):
            raise BadRequest(400, "400.068", "Invalid value of parameter group.")
        state = self._cached(market) if request.as_of_us is None else view(market, request.as_of_us)
        item = market.instrument
        if group == "2":
            bids, asks = (
                ",".join(f'["{item.price_text(p)}","{item.size_text(s)}","{order_id(p)}"]' for p, s in levels)
                for levels in (state.bids, state.asks)
            )
        else:
            bids, asks = item.rows(state.bids), item.rows(state.asks)
        return (
            f'{{"timestamp":"{state.time_us // 1_000_000}","microtimestamp":"{state.time_us}",'
            f'"bids":[{bids}],"asks":[{asks}]}}'
        )

    def _cached(self, market: VenueMarket) -> State:
        """The book as the cache has it; its stamp lies between two diffs."""
        now, symbol = self._steady(), market.instrument.symbol
        state, until = self._cache.get(symbol, (None, 0))
        if state is None or now >= until:
            youngest, oldest = CACHE_AGE_US
            moment = market.clock_us - youngest
            found = view(market, moment)
            state = found._replace(time_us=max(moment, found.time_us))
            self._cache[symbol] = state, now - youngest + self._random.randint(youngest, oldest)
        return state

    def _transactions(self, market: VenueMarket, request: RestRequest) -> Any:
        span = SPANS.get(request.query.get("time", "hour"))
        if span is None:
            raise BadRequest(400, "400.068", "Invalid value of parameter time.")
        item, oldest = market.instrument, market.clock_us - span * 1_000_000
        return [
            {"date": str(trade.time_us // 1_000_000), "tid": str(trade.id), "amount": item.size_text(trade.size),
             "type": str(int(trade.buyer_is_maker)), "price": item.price_text(trade.price)}
            for trade in reversed(market.history.trades) if trade.time_us >= oldest
        ]  # fmt: skip

    def _ohlc(self, market: VenueMarket, request: RestRequest) -> Any:
        step, limit = _number(request, "step", None), _number(request, "limit", None)
        if step not in STEPS or not 1 <= limit <= 1000:
            raise BadRequest(400, "400.068", "Invalid value of parameter step or limit.")
        start, end = _number(request, "start", 0), _number(request, "end", 1 << 40)
        candles = market.history.candles(step * 1000, market.clock_us)
        if request.query.get("exclude_current_candle", "").lower() == "true":
            candles.pop()
        chosen = [candle for candle in candles if start <= candle.start_ms // 1000 <= end]
        chosen = chosen[:limit] if "start" in request.query and "end" not in request.query else chosen[-limit:]
        item = market.instrument
        return {"data": {"pair": str(item.pair), "ohlc": [ohlc_row(item, candle) for candle in chosen]}}


def ohlc_row(item: Instrument, candle: Candle) -> dict[str, str]:
    """One candle of /ohlc/."""
    price = item.price_text
    return {
        "timestamp": str(candle.start_ms // 1000), "open": price(candle.open), "high": price(candle.high),
        "low": price(candle.low), "close": price(candle.close), "volume": item.size_text(candle.volume),
    }  # fmt: skip


def ticker(market: VenueMarket, minutes: int) -> dict[str, str]:
    """The answer of /ticker/."""
    item, known = market.instrument, market.history.candles(60_000, market.clock_us)[-minutes:]
    span = known[0]
    for minute in known[1:]:
        span.merge(minute)
    bid, _, ask, _ = market.book.touch()
    price = item.price_text
    mean = span.turnover // span.volume if span.volume else span.close
    side = "1" if market.history.trades and market.history.trades[-1].buyer_is_maker else "0"
    return {
        "timestamp": str(market.clock_us // 1_000_000), "open": price(span.open), "high": price(span.high),
        "low": price(span.low), "last": price(span.close), "volume": item.size_text(span.volume),
        "vwap": price(mean), "bid": price(bid), "ask": price(ask), "side": side, "open_24": price(span.open),
        "percent_change_24": scaled_text((span.close - span.open) * 10_000 // span.open, 2),
    }  # fmt: skip


def market_entry(item: Instrument) -> dict[str, Any]:
    """One entry of /markets/."""
    pair = item.pair
    return {
        "name": str(pair), "market_symbol": item.symbol, "base_currency": pair.base,
        "base_decimals": item.lot_decimals, "counter_currency": pair.quote, "counter_decimals": item.tick_decimals,
        "minimum_order_value": "10", "trading": "Enabled", "instant_order_counter_decimals": 2,
        "instant_and_market_orders": "Enabled", "description": _description(item), "market_type": "SPOT",
    }  # fmt: skip


def pair_entry(item: Instrument) -> dict[str, Any]:
    """One entry of /trading-pairs-info/."""
    return {
        "trading": "Enabled", "base_decimals": item.lot_decimals, "url_symbol": item.symbol, "name": str(item.pair),
        "instant_and_market_orders": "Enabled", "minimum_order": f"10 {item.pair.quote}",
        "counter_decimals": item.tick_decimals, "description": _description(item),
    }  # fmt: skip


def order_id(price: int) -> int:
    """The number of the one order that stands at a price."""
    return 1_800_000_000_000_000 + price * 2_654_435_761 % 999_999_999_989


def error_answer(status: int, code: str, reason: str) -> RestAnswer:
    """An error in Bitstamp's shape."""
    return RestAnswer(status, {"status": "error", "reason": reason, "code": code})


def _description(item: Instrument) -> str:
    return " / ".join(NAMES.get(asset, asset) for asset in (item.pair.base, item.pair.quote))


def _number(request: RestRequest, name: str, default: int | None) -> int:
    text = request.query.get(name)
    if text is None and default is not None:
        return default
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadRequest(400, "400.068", f"Parameter {name} is missing or invalid.")
    return int(text)
