"""Records of md.candle.v1 as candles. Pure: bytes in, a candle out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from google.protobuf.message import DecodeError

from onebook.v1 import analytics_pb2 as pb

from ..analytics.candles.candle import Candle, CandleSource, CandleState, Reconciliation, Said
from ..analytics.candles.coverage_log import Missing
from ..analytics.intervals import Interval
from ..analytics.sums import is_amount
from ..errors import ConfigError
from .decoder import RecordError, exact

PRICES = ("open", "high", "low", "close")
MAX_TRADES = 2**63


@dataclass(frozen=True, slots=True)
class CandleSeen:
    """A closed candle, as one ingester published it."""

    market: str
    venue: str
    """Empty: all venues together."""
    venues: frozenset[str]
    """The venues that the ingester has of the market, or this venue alone."""
    candle: Candle


def decode_candle(
    market: str, venue: str, value: bytes | None, keeps: Callable[[str, int], bool] = lambda _interval, _opened: True
) -> CandleSeen | None:
    """The candle of a record with this key; None for a candle that is still open, and for one that nobody keeps, by
    its interval and open time: most candles of the past are seconds of long ago. Raises RecordError."""
    try:
        made = pb.StreamCandlesResponse.FromString(value or b"").candle
        if made.market != market or made.venue != venue:
            raise ValueError("the value is of another market or venue than the key")
        if made.state == pb.CANDLE_STATE_OPEN or not keeps(made.interval, made.open_time_nanos):
            return None
        venues = frozenset(quality.venue for quality in made.venues)
        return CandleSeen(market, venue, venues, _candle(made))
    except (DecodeError, ConfigError, ValueError, ArithmeticError) as error:
        raise RecordError(f"candle {market}|{venue}: {error}") from None


def _candle(made: pb.Candle) -> Candle:
    prices = _prices(made)
    if any(price is not None and price <= 0 for price in prices.values()) or made.trades >= MAX_TRADES:
        raise ValueError("a number of the candle is out of range")
    volume, quote = _amount(made.volume), _amount(made.quote_volume)
    missing = tuple((each.venue, each.reason, each.partly) for each in made.missing_venues)
    return Candle(
        _interval(made.interval), made.open_time_nanos, made.close_time_nanos, prices["open"], prices["high"],
        prices["low"], prices["close"], volume, quote, made.trades if made.HasField("trades") else None,
        CandleState(made.state), CandleSource(made.source), made.revision,
        _reconciliation(made.reconciliation) if made.HasField("reconciliation") else None,
        _decimal(made.open_interest), _said(made.header.epoch, made.revision, tuple(made.counted_venues), missing),
    )  # fmt: skip


@lru_cache(maxsize=256)
def _interval(name: str) -> Interval:
    return Interval.parse(name)


@lru_cache(maxsize=1024)
def _said(
    epoch: int, revision: int, counted: tuple[str, ...], missing: tuple[tuple[str, str, bool], ...]
) -> Said:  # fmt: skip
    """One object for the thousands of candles that have the same."""
    return Said(epoch, revision, counted, tuple(Missing(*each, ongoing=False) for each in missing))


def _prices(made: pb.Candle | pb.Reconciliation) -> dict[str, Decimal | None]:
    return {
        name: exact(getattr(made, name), made.price_exponent) if made.HasField(name) else None  # type: ignore[arg-type]
        for name in PRICES
    }


def _reconciliation(made: pb.Reconciliation) -> Reconciliation:
    return Reconciliation(
        made.time_nanos, **_prices(made), volume=_decimal(made.volume), quote_volume=_decimal(made.quote_volume),
        alarm=made.alarm,
    )  # fmt: skip


def _amount(text: str) -> Decimal | None:
    value = _decimal(text)
    if not is_amount(value):
        raise ValueError(f"{text!r:.80} is no volume")
    return value


def _decimal(text: str) -> Decimal | None:
    if not text:
        return None
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(f"{text!r:.80} is no number")
    return value
