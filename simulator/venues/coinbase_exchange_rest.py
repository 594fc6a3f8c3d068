"""Coinbase Exchange's REST API: products, books, trades by cursor, candles. Ten requests per second, bursts of 15."""

from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..instruments import Instrument
from ..limits import CreditPool
from ..rest import Refused, RestApi
from ..trade_history import Candle, Trade
from .coinbase import day_of, iso, maker_side, moment, order_ids

GRANULARITIES = (60, 300, 900, 3600, 21600, 86400)
MOST_CANDLES = 300
MOST_TRADES = 1000
RATE, BURST = 10, 15


class CoinbaseExchangeRest(RestApi):
    """Answers GET /products/..."""

    slashes = True
    troubles = {429: ("", "Public rate limit exceeded"), 403: ("", "Forbidden"), 451: ("", "Unavailable"),
                404: ("", "NotFound"), 500: ("", "Internal server error")}  # fmt: skip

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self.budgets = {"": CreditPool(BURST, RATE, 1)}
        self.routes = {
            "/time": self._time,
            "/products": lambda _: [product_entry(item) for item in self.instruments.values()],
            "/products/{}": lambda request: product_entry(self.listed(request)),
            "/products/{}/book": self._book,
            "/products/{}/trades": self._trades,
            "/products/{}/candles": self._candles,
            "/products/{}/ticker": self._ticker,
        }

    def answer(self, request: RestRequest) -> RestAnswer:
        if not any(name.lower() == "user-agent" for name in request.headers):
            return RestAnswer(400, self.error("", "User-Agent header is required."))
        return super().answer(request)

    def error(self, code: str, text: str) -> Any:  # noqa: ARG002 - it has none
        return {"message": text}

    def bad(self, name: str, value: str | None) -> Refused:  # noqa: ARG002 - the name is enough
        return self.refused("", "NotFound", 404) if name == self.symbol_key else self.refused("", f"Invalid {name}")

    @staticmethod
    def _time(request: RestRequest) -> Any:
        now = int(request.now * 1_000_000)
        return {"iso": iso(now), "epoch": now / 1_000_000}

    def _book(self, request: RestRequest) -> str:
        """Level 1 is the best of each side, level 2 the whole book; every level shows one order."""
        market = self.market(request)
        if request.query.get("level") == "3":
            raise self.refused("", "level 3 requires authentication")
        count = self.word(request, "level", {"1": 1, "2": None}, "1")
        state, item = view(market, request.as_of_us), market.instrument
        bids, asks = (
            ",".join(f'["{item.price_text(price)}","{item.size_text(size)}",1]' for price, size in side[:count])
            for side in (state.bids, state.asks)
        )
        return (
            f'{{"bids":[{bids}],"asks":[{asks}],"sequence":{state.sequence},"auction_mode":false,"auction":null,'
            f'"time":"{iso(int(request.now * 1_000_000))}"}}'
        )

    def _trades(self, request: RestRequest) -> RestAnswer:
        """Newest first; `before` asks for newer ones than a trade id, `after` for older ones."""
        market, limit = self.market(request), min(MOST_TRADES, self.whole(request, "limit", MOST_TRADES))
        newer, older = self.whole(request, "before", 0), self.whole(request, "after", 1 << 62)
        chosen = [trade for trade in market.history.trades if newer < trade.id < older][-limit:][::-1]
        headers = {"CB-BEFORE": str(chosen[0].id), "CB-AFTER": str(chosen[-1].id)} if chosen else {}
        return RestAnswer(200, [trade_entry(market.instrument, trade) for trade in chosen], headers)

    def _candles(self, request: RestRequest) -> str:
        """Newest first; intervals without trades are left out."""
        market, step = self.market(request), self.whole(request, "granularity", 60)
        if step not in GRANULARITIES:
            raise self.refused("", "Unsupported granularity")
        start, end = moment(self, request, "start", 0), moment(self, request, "end", 1 << 40)
        if "start" in request.query and (min(end, int(request.now)) - start) // step > MOST_CANDLES:
            raise self.refused("", "granularity too small for the requested time range. Count of aggregations "
                             f"requested exceeds {MOST_CANDLES}")  # fmt: skip
        known = market.history.candles(step * 1000, market.clock_us)
        chosen = [candle for candle in known if candle.trades and start <= candle.start_ms // 1000 <= end]
        rows = ",".join(candle_row(market.instrument, candle) for candle in chosen[-MOST_CANDLES:][::-1])
        return f"[{rows}]"

    def _ticker(self, request: RestRequest) -> Any:
        market = self.market(request)
        trades, item = market.history.trades, market.instrument
        if not trades:
            raise self.bad(self.symbol_key, None)
        touch, price = market.book.touch(), item.price_text
        return {
            "trade_id": trades[-1].id, "price": price(trades[-1].price), "size": item.size_text(trades[-1].size),
            "time": iso(trades[-1].time_us), "bid": price(touch[0]), "ask": price(touch[2]),
            "volume": item.size_text(day_of(market)[3]),
        }  # fmt: skip


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
