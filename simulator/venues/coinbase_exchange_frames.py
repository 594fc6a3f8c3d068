"""The websocket frames of Coinbase Exchange, written as text."""

from ..book import Levels
from ..generator import VenueMarket
from ..instruments import Instrument
from ..single_changes import Single
from ..trade_history import Trade
from .coinbase import day_of, iso, maker_side, order_ids, taker_side


def snapshot(item: Instrument, bids: Levels, asks: Levels, time_us: int) -> str:
    """The whole book, in band."""
    return (
        f'{{"type":"snapshot","product_id":"{item.symbol}","asks":[{item.rows(asks)}],"bids":[{item.rows(bids)}],'
        f'"time":"{iso(time_us)}"}}'
    )


def update(item: Instrument, changes: list[Single], time_us: int) -> str:
    """A batch of changes in order; a price may come twice."""
    rows = ",".join(
        f'["{"buy" if one.is_bid else "sell"}","{item.price_text(one.price)}","{item.size_text(one.size)}"]'
        for one in changes
    )
    return f'{{"type":"l2update","product_id":"{item.symbol}","changes":[{rows}],"time":"{iso(time_us)}"}}'


def match(item: Instrument, trade: Trade, sequence: int, kind: str = "match") -> str:
    """A trade; the side is the maker's."""
    maker, taker = order_ids(trade)
    return (
        f'{{"type":"{kind}","trade_id":{trade.id},"maker_order_id":"{maker}","taker_order_id":"{taker}",'
        f'"side":"{maker_side(trade)}","size":"{item.size_number(trade.size)}",'
        f'"price":"{item.price_text(trade.price)}","product_id":"{item.symbol}","sequence":{sequence},'
        f'"time":"{iso(trade.time_us)}"}}'
    )


def ticker(market: VenueMarket, trade: Trade, sequence: int) -> str:
    """The ticker after a trade; the side is the taker's."""
    item, day = market.instrument, day_of(market)
    bid, bid_size, ask, ask_size = market.book.touch()
    price, size = item.price_text, item.size_text
    return (
        f'{{"type":"ticker","sequence":{sequence},"product_id":"{item.symbol}","price":"{price(trade.price)}",'
        f'"open_24h":"{price(day[0])}","volume_24h":"{size(day[3])}","low_24h":"{price(day[1])}",'
        f'"high_24h":"{price(day[2])}","volume_30d":"{size(day[3] * 30)}","best_bid":"{price(bid)}",'
        f'"best_bid_size":"{size(bid_size)}","best_ask":"{price(ask)}","best_ask_size":"{size(ask_size)}",'
        f'"side":"{taker_side(trade)}","time":"{iso(trade.time_us)}","trade_id":{trade.id},'
        f'"last_size":"{item.size_number(trade.size)}"}}'
    )


def heartbeat(market: VenueMarket, time_us: int) -> str:
    """The second's heartbeat of a product."""
    trades = market.history.trades
    return (
        f'{{"type":"heartbeat","sequence":{market.sequence},"last_trade_id":{trades[-1].id if trades else 0},'
        f'"product_id":"{market.instrument.symbol}","time":"{iso(time_us)}"}}'
    )
