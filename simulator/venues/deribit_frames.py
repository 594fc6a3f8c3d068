"""The data of Deribit's notifications and answers. All numbers are floats."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..book import Levels
from ..decimals import python_text
from ..generator import VenueMarket
from ..instruments import Instrument
from ..trade_history import Candle, Trade
from ..window import Changes, Window


def price(item: Instrument, ticks: int) -> str:
    """A price as a float."""
    return python_text(ticks * item.tick_step, item.tick_decimals)


def amount(item: Instrument, lots: int) -> str:
    """A size as a float: dollars on inverse contracts, else coins."""
    return python_text(lots * item.lot_step, item.lot_decimals)


def snapshot(window: Window, time_us: int) -> str:
    """The data of a book snapshot: every row is new."""
    item = window.market.instrument
    bids, asks = (_rows(item, levels, {}) for levels in (window.bids, window.asks))
    return _book(window, "snapshot", time_us, f'"change_id":{window.sequence}', bids, asks)


def change(window: Window, changes: Changes, time_us: int) -> str:
    """The data of a book change."""
    item, (old_bids, old_asks) = window.market.instrument, window.before
    bids, asks = _rows(item, changes.bids, old_bids), _rows(item, changes.asks, old_asks)
    link = f'"prev_change_id":{window.previous},"change_id":{window.sequence}'
    return _book(window, "change", time_us, link, bids, asks)


def top(window: Window, time_us: int) -> str:
    """The data of a grouped book: everything each time, in plain rows."""
    item = window.market.instrument
    link = f'"change_id":{window.sequence}'
    return (
        f'{{"timestamp":{time_us // 1000},"instrument_name":"{item.symbol}",{link},'
        f'"bids":[{plain_rows(item, window.bids)}],"asks":[{plain_rows(item, window.asks)}]}}'
    )


def plain_rows(item: Instrument, levels: Levels) -> str:
    """[price, amount],..."""
    return ",".join(f"[{price(item, ticks)},{amount(item, lots)}]" for ticks, lots in levels)


def _book(window: Window, kind: str, time_us: int, link: str, bids: str, asks: str) -> str:
    return (
        f'{{"type":"{kind}","timestamp":{time_us // 1000},"instrument_name":"{window.market.instrument.symbol}",'
        f'{link},"bids":[{bids}],"asks":[{asks}]}}'
    )


def _rows(item: Instrument, levels: Levels, old: dict[int, int]) -> str:
    return ",".join(
        f'["{"delete" if not lots else "change" if ticks in old else "new"}",{price(item, ticks)},{amount(item, lots)}]'
        for ticks, lots in levels
    )


def trades(item: Instrument, fills: Iterable[Trade]) -> list[dict[str, Any]]:
    """Fills; the direction is the taker's, `trade_seq` has no gaps."""
    return [
        {"trade_seq": fill.id, "trade_id": str(137_000_000 + fill.id), "timestamp": fill.time_us // 1000,
         "tick_direction": 0, "price": float(price(item, fill.price)), "mark_price": float(price(item, fill.price)),
         "instrument_name": item.symbol, "index_price": float(price(item, fill.price)),
         "direction": "sell" if fill.buyer_is_maker else "buy", "amount": float(amount(item, fill.size)),
         "contracts": float(fill.size)}
        for fill in fills
    ]  # fmt: skip


def ticker(market: VenueMarket) -> dict[str, Any]:
    """Best prices, marks, and the open interest: dollars on inverse contracts, else coins; none on spot."""
    item, history = market.instrument, market.history
    bid, bid_size, ask, ask_size = market.book.touch()
    last = float(price(item, history.last_price))
    middle = (float(price(item, bid)) + float(price(item, ask))) / 2
    body = {
        "timestamp": market.clock_us // 1000, "state": "open", "instrument_name": item.symbol,
        "mark_price": round(middle, 4), "index_price": round(middle, 4), "last_price": last,
        "best_bid_price": float(price(item, bid)), "best_bid_amount": float(amount(item, bid_size)),
        "best_ask_price": float(price(item, ask)), "best_ask_amount": float(amount(item, ask_size)),
    }  # fmt: skip
    if item.symbol.endswith("-PERPETUAL"):
        body["open_interest"] = interest(market)
    return body


def interest(market: VenueMarket) -> float:
    """Open interest in the contract's own unit."""
    return float(amount(market.instrument, market.history.open_interest))


def volumes(item: Instrument, row: Candle) -> tuple[float, float]:
    """Volume in coins and cost in the quote asset of a candle."""
    size = Decimal(item.size_number(row.volume))
    if not row.volume:
        return 0.0, 0.0
    mean = Decimal(row.turnover) / row.volume * item.tick_step * Decimal(1).scaleb(-item.tick_decimals)
    if item.contract:
        return round(float(size / mean), 8), float(size)
    return float(size), round(float(size * mean), 8)


def notification(channel: str, data: str) -> str:
    """A frame of a channel around data that is text already."""
    return f'{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"{channel}","data":{data}}}}}'


def compact(body: Any) -> str:
    """JSON without spaces."""
    return json.dumps(body, separators=(",", ":"))
