"""Gate's REST API v4, perpetuals in USDT: contracts, books, candles, trades and contract statistics."""

import math
from typing import Any

from ..decimals import short_text
from ..exchange import RestRequest, view
from ..instruments import Instrument
from ..open_interest import history
from ..trade_history import Candle, Trade
from . import gate_frames as frames
from .gate_rest import INTERVALS_MS, GateApi

STATS_MS = {name: ms for name, ms in INTERVALS_MS.items() if ms >= 300_000}


class GateFuturesRest(GateApi):
    """Answers GET /api/v4/futures/usdt/..."""

    symbol_key = "contract"
    unlisted = "CONTRACT_NOT_FOUND"

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self.set_routes("/api/v4/futures/usdt/", {
            "contracts": lambda _: [self._entry(item) for item in self.instruments.values()],
            "contracts/{}": lambda request: self._entry(self.listed(request)),
            "order_book": self._order_book,
            "candlesticks": self._candlesticks,
            "trades": self._trades,
            "contract_stats": self._stats,
        })  # fmt: skip

    def _entry(self, item: Instrument) -> dict[str, Any]:
        market = self.markets.get(item.symbol)
        price = item.price_number(market.history.last_price) if market is not None else "0"
        return {
            "name": item.symbol, "type": "direct", "quanto_multiplier": multiplier_text(item),
            "order_price_round": item.price_number(1), "mark_price_round": item.price_number(1),
            "order_size_min": 1, "order_size_max": 1_000_000, "in_delisting": False, "status": "trading",
            "last_price": price, "mark_price": price, "index_price": price, "funding_rate": "0.0001",
            "position_size": market.history.open_interest if market is not None else 0,
            "orderbook_id": market.sequence if market is not None else 0, "leverage_min": "1", "leverage_max": "100",
        }  # fmt: skip

    def _order_book(self, request: RestRequest) -> Any:
        market, limit = self.market(request), self.whole(request, "limit", 10, 1, 300)
        state, item = view(market, request.as_of_us), market.instrument
        number_part = f'"id":{state.sequence},' if request.query.get("with_id") == "true" else ""
        asks, bids = frames.contract_rows(item, state.asks[:limit]), frames.contract_rows(item, state.bids[:limit])
        update = f"{state.time_us // 1_000_000}.{state.time_us // 1000 % 1000:03d}"
        return f'{{{number_part}"current":{request.now:.3f},"update":{update},"asks":[{asks}],"bids":[{bids}]}}'

    def _candlesticks(self, request: RestRequest) -> Any:
        item = self.market(request).instrument
        return [candle_entry(item, candle) for candle in self.candles(request, 2000)]

    def _trades(self, request: RestRequest) -> Any:
        item = self.market(request).instrument
        return [trade_entry(item, trade) for trade in self.trades(request)]

    def _stats(self, request: RestRequest) -> Any:
        """Open interest in contracts and in dollars, oldest first."""
        market, item = self.market(request), self.market(request).instrument
        length = self.word(request, "interval", STATS_MS, "5m")
        start, limit = self.whole(request, "from", 0), self.whole(request, "limit", 30, 1, 100)
        rows = [row for row in history(market, length) if row[0] // 1000 >= start]
        decimals = multiplier_decimals(item) + item.tick_decimals
        return [
            {"time": stamp // 1000, "lsr_taker": 1, "lsr_account": 1, "long_liq_size": 0, "short_liq_size": 0,
             "mark_price": float(item.price_number(price)), "open_interest": lots,
             "open_interest_usd": float(short_text(lots * price, decimals))}
            for stamp, lots, price in (rows[:limit] if "from" in request.query else rows[-limit:])
        ]  # fmt: skip


def multiplier_decimals(item: Instrument) -> int:
    """What a contract is worth in the base: 10 to the minus this."""
    return -round(math.log10(item.base_per_lot or 1.0))


def multiplier_text(item: Instrument) -> str:
    """What a contract is worth in the base."""
    decimals = multiplier_decimals(item)
    return short_text(1, decimals) if decimals > 0 else str(10**-decimals)


def candle_entry(item: Instrument, candle: Candle) -> dict[str, Any]:
    """One entry of /candlesticks: the volume is in contracts, `sum` in the quote asset."""
    price = item.price_number
    total = short_text(candle.turnover, multiplier_decimals(item) + item.tick_decimals)
    return {"t": candle.start_ms // 1000, "v": candle.volume, "c": price(candle.close), "h": price(candle.high),
            "l": price(candle.low), "o": price(candle.open), "sum": total}  # fmt: skip


def trade_entry(item: Instrument, trade: Trade) -> dict[str, Any]:
    """One entry of /trades."""
    return {"id": trade.id, "create_time": trade.time_us // 1000 / 1000, "create_time_ms": trade.time_us // 1000 / 1000,
            "contract": item.symbol, "size": -trade.size if trade.buyer_is_maker else trade.size,
            "price": item.price_number(trade.price)}  # fmt: skip
