"""What Coinbase's two doors share: products, order ids and times."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timezone

from ..exchange import RestRequest, Session
from ..generator import VenueMarket
from ..instruments import Instrument, Pair, lot_decimals, tick_decimals
from ..rest import RestApi
from ..trade_history import Trade

QUOTES = frozenset({"USD", "USDT", "EUR", "GBP", "BTC"})
TICK_DECIMALS = {"BTC": 2, "ETH": 2, "SOL": 2, "LTC": 2, "XRP": 4, "ADA": 4, "DOGE": 5}
SUBSCRIBE_SECONDS = 5.0


@dataclass
class CoinbaseSession(Session):
    """A connection; `spoken` once it has subscribed, `sent` counts the messages to it where they are numbered."""

    spoken: bool = False
    sent: int = 0

    def late(self, now: float) -> bool:
        """True for a client that has not subscribed in time."""
        return not self.spoken and now - self.opened >= SUBSCRIBE_SECONDS


def instrument(pair: Pair) -> Instrument:
    """The product of a pair: joined by a dash, eight decimals of size but for coins below a cent."""
    tick, lot = tick_decimals(pair, TICK_DECIMALS, 1e-5, other=5), lot_decimals(pair, 8)
    return Instrument(pair, f"{pair.base}-{pair.quote}", tick, lot, tick, lot)


def listed(pairs: list[Pair]) -> tuple[Instrument, ...]:
    """The products of the pairs that Coinbase trades. Dollars and USDT are two things, USDC is not listed."""
    return tuple(instrument(pair) for pair in pairs if pair.quote in QUOTES)


def iso(time_us: int) -> str:
    """A time as 2026-01-01T00:00:00.123456Z."""
    moment = datetime.fromtimestamp(time_us // 1_000_000, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_us % 1_000_000:06d}Z"


def moment(api: RestApi, request: RestRequest, name: str, default: int) -> int:
    """A time of the query, in seconds. Raises Refused."""
    try:
        return _seconds(request.query[name]) if name in request.query else default
    except ValueError:
        raise api.bad(name, request.query[name]) from None


def _seconds(text: str) -> int:
    """Unix seconds of a time in ISO form or already in seconds."""
    if text.isascii() and text.isdigit() and len(text) < 13:
        return int(text)
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return int(moment.replace(tzinfo=moment.tzinfo or timezone.utc).timestamp())


def order_ids(trade: Trade) -> tuple[str, str]:
    """The maker's and the taker's order."""
    orders = (trade.buy_order, trade.sell_order) if trade.buyer_is_maker else (trade.sell_order, trade.buy_order)
    return str(uuid.UUID(int=orders[0])), str(uuid.UUID(int=orders[1]))


def maker_side(trade: Trade) -> str:
    """The side of the order that stood in the book."""
    return "buy" if trade.buyer_is_maker else "sell"


def taker_side(trade: Trade) -> str:
    """The aggressor's side."""
    return "sell" if trade.buyer_is_maker else "buy"


def day_of(market: VenueMarket) -> tuple[int, int, int, int]:
    """Open, low, high and volume of the last 24 hours."""
    minutes = list(market.history.minutes)[-1440:]
    return (
        minutes[0].open, min(minute.low for minute in minutes), max(minute.high for minute in minutes),
        sum(minute.volume for minute in minutes),
    )  # fmt: skip
