"""The websocket frames of Kraken, written as text: prices and sizes are bare numbers with all digits of the pair."""

import json
from collections.abc import Iterable
from datetime import datetime, timezone

from ..book import Levels
from ..checksums import fixed
from ..instruments import Instrument
from ..trade_history import Trade
from ..window import Window


def message(channel: str, kind: str, data: str) -> str:
    """A frame of a channel around data that is text already."""
    return f'{{"channel":"{channel}","type":"{kind}","data":{data}}}'


def book(window: Window, bids: Levels, asks: Levels, kind: str, time_us: int | None) -> str:
    """A snapshot or update with the checksum of the best ten levels of the whole window."""
    item = window.market.instrument
    stamp = "" if time_us is None else f',"timestamp":"{iso(time_us)}"'
    return message(
        "book", kind,
        f'[{{"symbol":"{item.symbol}","bids":[{rows(item, bids)}],"asks":[{rows(item, asks)}],'
        f'"checksum":{checksum(window)}{stamp}}}]',
    )  # fmt: skip


def checksum(window: Window) -> int:
    """The venue's checksum of a window."""
    item = window.market.instrument
    bids, asks = (
        [(item.price_text(price), item.size_text(size)) for price, size in levels] for levels in window.best(10)
    )
    return fixed(bids, asks)


def rows(item: Instrument, levels: Levels) -> str:
    """Levels as the inside of an array of objects."""
    return ",".join(f'{{"price":{item.price_text(price)},"qty":{item.size_text(size)}}}' for price, size in levels)


def trades(item: Instrument, fills: Iterable[Trade], kind: str) -> str:
    """A frame of trades, oldest first; the side is the taker's."""
    rows = ",".join(
        f'{{"symbol":"{item.symbol}","side":"{"sell" if trade.buyer_is_maker else "buy"}",'
        f'"price":{item.price_text(trade.price)},"qty":{item.size_text(trade.size)},"ord_type":"market",'
        f'"trade_id":{trade.id},"timestamp":"{iso(trade.time_us)}"}}'
        for trade in fills
    )
    return message("trade", kind, f"[{rows}]")


def ticker(item: Instrument, touch: tuple[int, int, int, int], kind: str) -> str:
    """A frame of the best bid and ask, sent with every trade."""
    bid, bid_size, ask, ask_size = touch
    row = (
        f'{{"symbol":"{item.symbol}","bid":{item.price_text(bid)},"bid_qty":{item.size_text(bid_size)},'
        f'"ask":{item.price_text(ask)},"ask_qty":{item.size_text(ask_size)},"last":{item.price_text(bid)},'
        '"volume":1.0,"vwap":1.0,"low":1.0,"high":1.0,"change":0.0,"change_pct":0.0}'
    )
    return message("ticker", kind, f"[{row}]")


def instruments(items: Iterable[Instrument]) -> str:
    """The snapshot of the instrument channel."""
    listed = list(items)
    assets = sorted({asset for item in listed for asset in (item.pair.base, item.pair.quote)})
    data = {
        "assets": [{"id": asset, "status": "enabled", "precision": 10, "precision_display": 5, "borrowable": True,
                    "collateral_value": 1.0, "margin_rate": 0.02} for asset in assets],
        "pairs": [],
    }  # fmt: skip
    pairs = ",".join(_pair(item) for item in listed)
    text = json.dumps(data, separators=(",", ":"))
    return message("instrument", "snapshot", text.replace('"pairs":[]', f'"pairs":[{pairs}]'))


def _pair(item: Instrument) -> str:
    return (
        f'{{"symbol":"{item.symbol}","base":"{item.pair.base}","quote":"{item.pair.quote}","status":"online",'
        f'"qty_precision":{item.lot_decimals},"qty_increment":{item.size_text(1)},'
        f'"price_precision":{item.tick_decimals},"cost_precision":5,"marginable":false,"has_index":true,'
        f'"cost_min":0.50,"price_increment":{item.price_text(1)},"qty_min":{item.size_text(5000)}}}'
    )


def iso(time_us: int) -> str:
    """2026-01-01T00:00:00.123456Z."""
    return datetime.fromtimestamp(time_us // 1_000_000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + (
        f".{time_us % 1_000_000:06d}Z"
    )
