"""The websocket frames of Gemini's two APIs, written as text. The new one stamps in nanoseconds."""

from ..book import Levels
from ..generator import Touch, VenueMarket
from ..instruments import Instrument
from ..single_changes import Single
from ..trade_history import Trade

OLD_TRADES = 50


def depth(item: Instrument, span: tuple[int, int], bids: Levels, asks: Levels, time_us: int) -> str:
    """A depthUpdate of the changes first..last; a snapshot has one number for both."""
    return (
        f'{{"e":"depthUpdate","E":{time_us * 1000},"s":"{item.symbol}","U":{span[0]},"u":{span[1]},'
        f'"b":[{item.rows(bids)}],"a":[{item.rows(asks)}]}}'
    )


def book(item: Instrument, sequence: int, bids: Levels, asks: Levels) -> str:
    """A partial book."""
    return (
        f'{{"lastUpdateId":{sequence},"s":"{item.symbol}","bids":[{item.rows(bids)}],"asks":[{item.rows(asks)}]}}'
    )  # fmt: skip


def ticker(item: Instrument, touch: Touch, time_us: int) -> str:
    """A bookTicker."""
    price, size = item.price_text, item.size_text
    return (
        f'{{"u":{touch.sequence},"E":{time_us * 1000},"s":"{item.symbol}","b":"{price(touch.bid)}",'
        f'"B":"{size(touch.bid_size)}","a":"{price(touch.ask)}","A":"{size(touch.ask_size)}"}}'
    )


def trade(item: Instrument, one: Trade) -> str:
    """A trade; m: the buyer is the maker."""
    return (
        f'{{"E":{one.time_us * 1000},"s":"{item.symbol}","t":{one.id},"p":"{item.price_text(one.price)}",'
        f'"q":"{item.size_number(one.size)}","m":{"true" if one.buyer_is_maker else "false"}}}'
    )


def old_changes(item: Instrument, changes: list[Single]) -> str:
    """An l2_updates of the old API."""
    rows = ",".join(
        f'["{"buy" if one.is_bid else "sell"}","{item.price_text(one.price)}","{item.size_number(one.size)}"]'
        for one in changes
    )
    return f'{{"type":"l2_updates","symbol":"{item.symbol.upper()}","changes":[{rows}]}}'


def old_snapshot(market: VenueMarket) -> str:
    """The first l2_updates of the old API: the whole book and the last trades, newest first."""
    item, sides = market.instrument, (("buy", market.book.bids), ("sell", market.book.asks))
    rows = ",".join(
        f'["{name}","{item.price_text(price)}","{item.size_number(size)}"]'
        for name, side in sides
        for price, size in side.top()
    )
    trades = ",".join(old_trade(item, one) for one in list(market.history.trades)[: -OLD_TRADES - 1 : -1])
    return (
        f'{{"type":"l2_updates","symbol":"{item.symbol.upper()}","changes":[{rows}],"trades":[{trades}],'
        f'"auction_events":[]}}'
    )


def old_trade(item: Instrument, one: Trade) -> str:
    """A trade of the old API; the side is the taker's."""
    return (
        f'{{"type":"trade","symbol":"{item.symbol.upper()}","event_id":{one.id},"timestamp":{one.time_us // 1000},'
        f'"price":"{item.price_text(one.price)}","quantity":"{item.size_number(one.size)}","side":"{taker_side(one)}"}}'
    )


def taker_side(one: Trade) -> str:
    """The aggressor's side."""
    return "sell" if one.buyer_is_maker else "buy"
