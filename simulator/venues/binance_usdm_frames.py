"""The websocket frames of Binance USD-M futures that differ from spot, written as text."""

from collections.abc import Iterable

from ..decimals import scaled_text
from ..generator import Touch
from ..instruments import Instrument
from ..trade_history import AggregateTrade

Levels = Iterable[tuple[int, int]]
ID_STRIDE = 7  # update ids are shared among all symbols: one symbol sees only some of them


def update_id(sequence: int) -> int:
    """The venue's id of a change: rising, with holes of one to eleven ids."""
    return sequence * ID_STRIDE + sequence * 2_654_435_761 % 4_294_967_291 % (ID_STRIDE - 1)


def depth(instrument: Instrument, time_us: int, span: tuple[int, int], bids: Levels, asks: Levels, unit: int) -> str:
    """A depthUpdate of the changes first..last: both the diffs and the partial books have this shape."""
    first, last = span
    symbol, now = instrument.symbol, time_us // unit
    return (
        f'{{"e":"depthUpdate","E":{now},"T":{now},"s":"{symbol}","ps":"{symbol}","st":1,"U":{update_id(first)},'
        f'"u":{update_id(last)},"pu":{update_id(first - 1)},'
        f'"b":[{instrument.rows(bids)}],"a":[{instrument.rows(asks)}]}}'
    )


def snapshot(instrument: Instrument, sequence: int, time_us: int, bids: Levels, asks: Levels) -> str:
    """The answer of /fapi/v1/depth."""
    return (
        f'{{"lastUpdateId":{update_id(sequence)},"E":{time_us // 1000},"T":{time_us // 1000},'
        f'"bids":[{instrument.rows(bids)}],"asks":[{instrument.rows(asks)}]}}'
    )


def ticker(instrument: Instrument, touch: Touch, time_us: int, unit: int) -> str:
    """A bookTicker event; its id is of the same chain as the depth's."""
    price, size, now = instrument.price_text, instrument.size_text, time_us // unit
    return (
        f'{{"e":"bookTicker","u":{update_id(touch.sequence)},"s":"{instrument.symbol}","b":"{price(touch.bid)}",'
        f'"B":"{size(touch.bid_size)}","a":"{price(touch.ask)}","A":"{size(touch.ask_size)}","T":{now},"E":{now}}}'
    )


def aggregate(instrument: Instrument, item: AggregateTrade, event_us: int, unit: int) -> str:
    """An aggTrade event; no simulated fill is a retail one, so that nq equals q."""
    size = instrument.size_text(item.size)
    return (
        f'{{"e":"aggTrade","E":{event_us // unit},"s":"{instrument.symbol}","a":{item.id},'
        f'"p":"{instrument.price_text(item.price)}","q":"{size}","nq":"{size}","f":{item.first},"l":{item.last},'
        f'"T":{item.time_us // unit},"m":{"true" if item.buyer_is_maker else "false"},"st":1}}'
    )


def mark_price(instrument: Instrument, price: int, time_us: int, unit: int) -> str:
    """A markPriceUpdate event at a price in ticks."""
    text = scaled_text(price * 10 ** (8 - instrument.tick_decimals), 8)
    funding = (time_us // 28_800_000_000 + 1) * 28_800_000_000 // unit
    return (
        f'{{"e":"markPriceUpdate","E":{time_us // unit},"s":"{instrument.symbol}","p":"{text}","i":"{text}",'
        f'"P":"{text}","r":"0.00010000","T":{funding}}}'
    )
