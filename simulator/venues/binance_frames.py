"""The websocket frames of Binance, written as text. `unit` divides microseconds: 1000 for ms, 1 for microseconds."""

from collections.abc import Iterable

from ..generator import Touch
from ..instruments import Instrument
from ..trade_history import AggregateTrade, Candle, Trade

INTERVALS_MS = {
    "1m": 60_000, "3m": 180_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1h": 3_600_000,
    "2h": 7_200_000, "4h": 14_400_000, "6h": 21_600_000, "8h": 28_800_000, "12h": 43_200_000,
    "1d": 86_400_000, "3d": 259_200_000, "1w": 604_800_000,
}  # fmt: skip
SPOT_INTERVALS_MS = {"1s": 1000, **INTERVALS_MS}
MONDAY_MS = 4 * 86_400_000  # the epoch was a Thursday


def diff(
    instrument: Instrument, time_us: int, first: int, last: int, bids: dict[int, int], asks: dict[int, int], unit: int
) -> str:
    """A depthUpdate event."""
    return (
        f'{{"e":"depthUpdate","E":{time_us // unit},"s":"{instrument.symbol}","U":{first},"u":{last},'
        f'"b":[{instrument.rows(sorted(bids.items(), reverse=True))}],"a":[{instrument.rows(sorted(asks.items()))}]}}'
    )


def book(
    instrument: Instrument, sequence: int, bids: Iterable[tuple[int, int]], asks: Iterable[tuple[int, int]]
) -> str:
    """A partial book, and the REST snapshot, which has the same shape."""
    return f'{{"lastUpdateId":{sequence},"bids":[{instrument.rows(bids)}],"asks":[{instrument.rows(asks)}]}}'


def ticker(instrument: Instrument, touch: Touch) -> str:
    """A bookTicker event."""
    price, size = instrument.price_text, instrument.size_text
    return (
        f'{{"u":{touch.sequence},"s":"{instrument.symbol}","b":"{price(touch.bid)}","B":"{size(touch.bid_size)}",'
        f'"a":"{price(touch.ask)}","A":"{size(touch.ask_size)}"}}'
    )


def trade(instrument: Instrument, item: Trade, event_us: int, unit: int) -> str:
    """A trade event."""
    return (
        f'{{"e":"trade","E":{event_us // unit},"s":"{instrument.symbol}","t":{item.id},'
        f'"p":"{instrument.price_text(item.price)}","q":"{instrument.size_text(item.size)}",'
        f'"T":{item.time_us // unit},"m":{_flag(item.buyer_is_maker)},"M":true}}'
    )


def aggregate(instrument: Instrument, item: AggregateTrade, event_us: int, unit: int) -> str:
    """An aggTrade event."""
    return (
        f'{{"e":"aggTrade","E":{event_us // unit},"s":"{instrument.symbol}","a":{item.id},'
        f'"p":"{instrument.price_text(item.price)}","q":"{instrument.size_text(item.size)}","f":{item.first},'
        f'"l":{item.last},"T":{item.time_us // unit},"m":{_flag(item.buyer_is_maker)},"M":true}}'
    )


def kline(instrument: Instrument, name: str, candle: Candle, closed: bool, event_us: int, unit: int) -> str:
    """A kline event."""
    scale = 1000 // unit
    price = instrument.price_text
    end = candle.start_ms + SPOT_INTERVALS_MS[name]
    return (
        f'{{"e":"kline","E":{event_us // unit},"s":"{instrument.symbol}","k":{{"t":{candle.start_ms * scale},'
        f'"T":{end * scale - 1},"s":"{instrument.symbol}","i":"{name}","f":{candle.first},"L":{candle.last},'
        f'"o":"{price(candle.open)}","c":"{price(candle.close)}","h":"{price(candle.high)}",'
        f'"l":"{price(candle.low)}","v":"{instrument.size_text(candle.volume)}","n":{candle.trades},'
        f'"x":{_flag(closed)},"q":"{turnover(instrument, candle.turnover)}",'
        f'"V":"{instrument.size_text(candle.buy_volume)}","Q":"{turnover(instrument, candle.buy_turnover)}","B":"0"}}}}'
    )


def turnover(instrument: Instrument, value: int) -> str:
    """Ticks x lots as a quote amount with 8 decimals (cut, as the venue does)."""
    decimals = instrument.tick_decimals + instrument.lot_decimals
    whole = value * 10**8 // 10**decimals
    return f"{whole // 10**8}.{whole % 10**8:08d}"


def offset_ms(interval: str) -> int:
    """Where the first interval starts: weeks start on Monday, all others at the epoch."""
    return MONDAY_MS if interval == "1w" else 0


def _flag(value: bool) -> str:
    return "true" if value else "false"
