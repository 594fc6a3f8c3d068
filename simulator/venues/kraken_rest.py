"""Kraken's public REST API: pairs, books, candles and trades; errors come with status 200."""

from collections.abc import Mapping
from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..instruments import Instrument
from ..limits import Verdict
from ..rest import Refused, RestApi, candles_between
from ..trade_history import Candle

INTERVALS = {str(minutes): minutes for minutes in (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)}
OLD_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
LONG_NAMES = {"BTC": "XXBT", "ETH": "XETH", "LTC": "XLTC", "XRP": "XXRP", "XLM": "XXLM", "DOGE": "XXDG",
              "USD": "ZUSD", "EUR": "ZEUR", "GBP": "ZGBP"}  # fmt: skip
CANDLES = 720


class KrakenRest(RestApi):
    """Answers GET /0/public/..."""

    symbol_key = "pair"
    budget = 15, 15

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        base = "/0/public/"
        self.routes = {
            base + "Time": lambda request: {"unixtime": int(request.now)},
            base + "SystemStatus": lambda _: {"status": "online"},
            base + "AssetPairs": self._asset_pairs,
            base + "Depth": self._depth,
            base + "OHLC": self._candles,
            base + "Trades": self._trades,
        }

    def wrapped(self, data: Any, request: RestRequest) -> Any:  # noqa: ARG002
        return {"error": [], "result": data}

    def symbol_of(self, request: RestRequest) -> str | None:
        return request.query.get("pair", "").upper()

    def bad(self, name: str, value: str | None) -> Refused:  # noqa: ARG002 - the name is enough
        text = "EQuery:Unknown asset pair" if name == "pair" else f"EGeneral:Invalid arguments:{name}"
        return Refused(RestAnswer(200, {"error": [text]}))

    def limited(self, verdict: Verdict) -> RestAnswer:  # noqa: ARG002
        return limited()

    def trouble(self, status: int) -> Any:
        return limited().body if status == 429 else f"<html><head><title>{status}</title></head></html>"

    def not_found(self, request: RestRequest) -> RestAnswer:  # noqa: ARG002
        return RestAnswer(404, {"error": ["EGeneral:Unknown method"]})

    def _asset_pairs(self, request: RestRequest) -> Any:
        known = names_of(self.instruments)
        asked = [name for name in request.query.get("pair", "").split(",") if name]
        if any(name.upper() not in known for name in asked):
            raise self.bad("pair", None)
        items = [known[name.upper()] for name in asked] or list(self.instruments.values())
        return {_key(item, request): pair_entry(item, _modern(request)) for item in items}

    def _depth(self, request: RestRequest) -> Any:
        market, count = self.market(request), self.whole(request, "count", 100, 1, 500)
        state, item = view(market, request.as_of_us), market.instrument
        stamp = state.time_us // 1_000_000
        asks, bids = (
            [[_five(item, price), item.size_text(size), stamp] for price, size in levels[:count]]
            for levels in (state.asks, state.bids)
        )
        return {_key(item, request): {"asks": asks, "bids": bids}}

    def _candles(self, request: RestRequest) -> Any:
        market, interval = self.market(request), self.word(request, "interval", INTERVALS, "1")
        known = candles_between(market, interval * 60_000, 0, 1 << 60)[-CANDLES:]
        since = self.whole(request, "since", 0)
        rows = [candle_row(market.instrument, candle) for candle in known if candle.start_ms // 1000 >= since]
        last = known[-2].start_ms // 1000 if len(known) > 1 else 0
        return {_key(market.instrument, request): rows, "last": last}

    def _trades(self, request: RestRequest) -> Any:
        market, count = self.market(request), self.whole(request, "count", 1000, 1, 1000)
        item, known = market.instrument, list(market.history.trades)
        if "since" in request.query:
            since = self.whole(request, "since", 0)
            chosen = [trade for trade in known if trade.time_us * 1000 > since][:count]
        else:
            chosen = known[-count:]
        rows = [
            [_five(item, trade.price), item.size_text(trade.size), trade.time_us / 1_000_000,
             trade.taker_side[0], "m", "", trade.id]
            for trade in chosen
        ]  # fmt: skip
        last = chosen[-1].time_us * 1000 if chosen else self.whole(request, "since", 0)
        return {_key(item, request): rows, "last": str(last)}


def limited() -> RestAnswer:
    """Too many requests: an error with status 200."""
    return RestAnswer(200, {"error": ["EGeneral:Too many requests"]}, limited=True)


def names_of(by_symbol: Mapping[str, Any]) -> dict[str, Any]:
    """The same things under every name that REST takes for a pair, in capitals: BTC/USD, BTCUSD, XBTUSD, XXBTZUSD."""
    named = {}
    for symbol, thing in by_symbol.items():
        base, _, quote = symbol.partition("/")
        old = [OLD_NAMES.get(asset, asset) for asset in (base, quote)]
        for name in (symbol, base + quote, "/".join(old), "".join(old), _long(base, quote)):
            named[name.upper()] = thing
    return named


def pair_entry(item: Instrument, modern: bool) -> dict[str, Any]:
    """One entry of AssetPairs; `wsname` is the old websocket's spelling."""
    base, quote = item.pair.base, item.pair.quote
    old = [OLD_NAMES.get(asset, asset) for asset in (base, quote)]
    return {
        "altname": base + quote if modern else "".join(old),
        "wsname": item.symbol if modern else "/".join(old),
        "aclass_base": "currency", "base": base if modern else LONG_NAMES.get(base, base),
        "aclass_quote": "currency", "quote": quote if modern else LONG_NAMES.get(quote, quote),
        "lot": "unit", "cost_decimals": 5, "pair_decimals": item.tick_decimals, "lot_decimals": item.lot_decimals,
        "lot_multiplier": 1, "leverage_buy": [], "leverage_sell": [], "fees": [[0, 0.4]], "fees_maker": [[0, 0.25]],
        "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40, "ordermin": item.size_number(5000),
        "costmin": "0.5", "tick_size": item.price_number(1), "status": "online",
    }  # fmt: skip


def candle_row(item: Instrument, candle: Candle) -> list[Any]:
    """One row of OHLC; the mean price is 0 without trades."""
    mean = candle.turnover // candle.volume if candle.volume else 0
    return [
        candle.start_ms // 1000, *(item.price_text(p) for p in (candle.open, candle.high, candle.low, candle.close)),
        item.price_text(mean), item.size_text(candle.volume), candle.trades,
    ]  # fmt: skip


def _modern(request: RestRequest) -> bool:
    return request.query.get("assetVersion") == "1"


def _key(item: Instrument, request: RestRequest) -> str:
    """The name under which a result stands; it is not always the name asked for."""
    return item.symbol if _modern(request) else _long(item.pair.base, item.pair.quote)


def _long(base: str, quote: str) -> str:
    """XXBTZUSD where both assets have old long names, else XBTUSDT."""
    if base in LONG_NAMES and quote in LONG_NAMES:
        return LONG_NAMES[base] + LONG_NAMES[quote]
    return OLD_NAMES.get(base, base) + OLD_NAMES.get(quote, quote)


def _five(item: Instrument, price: int) -> str:
    """A price with five digits after the point at least."""
    text = item.price_text(price)
    point = text.find(".")
    if point < 0:
        return text + ".00000"
    return text + "0" * (5 - (len(text) - point - 1))
