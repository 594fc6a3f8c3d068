"""Bitstamp's REST API, version 2: market data only. Order books come from a cache and are 0.4 to 2.6 seconds old."""

import random
from collections.abc import Callable
from typing import Any

from ..book import Levels
from ..decimals import scaled_text
from ..exchange import RestAnswer, RestRequest, view
from ..generator import State, VenueMarket
from ..instruments import Instrument
from ..limits import Verdict
from ..rest import Refused, RestApi
from ..trade_history import Candle

BASE = "/api/v2/"
STEPS = {str(s): s for s in (60, 180, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 259200)}
CACHE_AGE_US = (400_000, 2_600_000)
GROUPS = {"0": False, "1": False, "2": True}  # whether a book is of single orders
TROUBLES = {
    404: ("404.001", "Not found."),
    429: ("400.002", "Request rate limit exceeded."),
    403: ("403.001", "Forbidden."),
    451: ("451.001", "Unavailable for legal reasons."),
}
SPANS = {"minute": 60, "hour": 3600, "day": 86400}
NAMES = {"BTC": "Bitcoin", "ETH": "Ether", "USD": "U.S. dollar", "USDT": "Tether", "EUR": "Euro"}


class BitstampRest(RestApi):
    """Answers GET /api/v2/..."""

    slashes = True
    budget = 10_000, 600

    def __init__(self, instruments: dict[str, Instrument], steady: Callable[[], int]) -> None:
        super().__init__(instruments)
        self._steady = steady  # a clock that no fault moves, in microseconds
        self._random = random.Random("cache")
        self._cache: dict[str, tuple[State, int]] = {}  # by symbol: the state and when it ceases to be served
        self.routes = {
            BASE + "markets": lambda _: [market_entry(item) for item in self.instruments.values()],
            BASE + "trading-pairs-info": lambda _: [pair_entry(item) for item in self.instruments.values()],
            BASE + "ticker": lambda _: [
                {**ticker(market, 1440), "pair": str(market.instrument.pair)} for market in self.markets.values()
            ],
            BASE + "ticker/{}": lambda request: ticker(self.market(request), 1440),
            BASE + "ticker_hour/{}": lambda request: ticker(self.market(request), 60),
            BASE + "order_book/{}": self._order_book,
            BASE + "transactions/{}": self._transactions,
            BASE + "ohlc/{}": self._ohlc,
        }

    def bad(self, name: str, value: str | None) -> Refused:  # noqa: ARG002 - the name is enough
        if name == self.symbol_key:
            return self.refused("404.002", "Currency pair not found.", 404)
        return self.refused("400.068", f"Invalid value of parameter {name}.")

    def error(self, code: str, text: str) -> Any:
        return {"status": "error", "reason": text, "code": code}

    def trouble(self, status: int) -> Any:
        return self.error(*TROUBLES.get(status, (f"{status}.001", "Internal error.")))

    def limited(self, verdict: Verdict) -> RestAnswer:  # noqa: ARG002
        return RestAnswer(400, self.trouble(429), limited=True)

    def not_found(self, request: RestRequest) -> RestAnswer:  # noqa: ARG002
        return RestAnswer(404, self.trouble(404))

    def _order_book(self, request: RestRequest) -> str:
        market, orders = self.market(request), self.word(request, "group", GROUPS, "1")
        state = self._cached(market) if request.as_of_us is None else view(market, request.as_of_us)
        item = market.instrument
        bids, asks = (order_rows(item, side) if orders else item.rows(side) for side in (state.bids, state.asks))
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

    def _transactions(self, request: RestRequest) -> Any:
        market, span = self.market(request), self.word(request, "time", SPANS, "hour")
        item, oldest = market.instrument, market.clock_us - span * 1_000_000
        return [
            {"date": str(trade.time_us // 1_000_000), "tid": str(trade.id), "amount": item.size_text(trade.size),
             "type": str(int(trade.buyer_is_maker)), "price": item.price_text(trade.price)}
            for trade in reversed(market.history.trades) if trade.time_us >= oldest
        ]  # fmt: skip

    def _ohlc(self, request: RestRequest) -> Any:
        market, step = self.market(request), self.word(request, "step", STEPS)
        limit = self.whole(request, "limit", 0, 1, 1000)
        start, end = self.whole(request, "start", 0), self.whole(request, "end", 1 << 40)
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


def order_rows(item: Instrument, levels: Levels) -> str:
    """Levels as orders with their numbers; the simulated book has one order a level."""
    return ",".join(f'["{item.price_text(p)}","{item.size_text(s)}","{order_id(p)}"]' for p, s in levels)


def _description(item: Instrument) -> str:
    return " / ".join(NAMES.get(asset, asset) for asset in (item.pair.base, item.pair.quote))
