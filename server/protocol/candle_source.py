"""What venues tell of the past by REST: candles, and open interest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..errors import FrameError
from ..model import Instrument
from ..units import SECOND
from .fields import amount, moment, one_of, positive, rows_of, whole
from .rest_request import RestRequest

# What venues write for a candle that is final, and for one that may still change.
CLOSED = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True, slots=True)
class Candle:
    """One interval of one instrument as its venue tells it."""

    open_time: int
    """Start of the interval, nanoseconds UTC."""
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None
    """Base units; None where the venue gives quote units alone."""
    quote_volume: Decimal | None = None
    trades: int | None = None
    closed: bool | None = None
    """Whether the venue says that the candle is final; None if it does not say."""


@dataclass(frozen=True, slots=True)
class OpenInterest:
    """How much is held in open contracts, counted once (not long and short)."""

    amount: Decimal
    """Base units; of inverse contracts at the price of `exchange_time`, or quote units if `in_quote`."""
    exchange_time: int
    """Nanoseconds UTC; 0: the venue sends no time."""
    in_quote: bool = False


@dataclass(frozen=True, kw_only=True)
class CandleSource:
    """A venue's REST history of candles: how to ask, and where things stand in the answer."""

    path: Callable[[Instrument, str, int, int, int], str]
    """Path of the request: instrument, the venue's word for the interval, start and end in nanoseconds (end not
    included), rows at most."""
    words: Mapping[int, str]
    """The venue's word for each interval, which is in seconds."""
    columns: Mapping[str, int | str]
    """Index or key of Candle's fields in a row."""
    rows: Sequence[str] = ()
    """Keys that lead to the rows; "*" is the first value of an object whose key is of no use."""
    columnar: bool = False
    """The answer has an array a column instead of rows."""
    time_unit: int = SECOND
    """Nanoseconds in one unit of open_time."""
    limit: int = 500
    """Rows of one answer at most."""
    weight: int = 1
    volume_in_contracts: bool = False
    """volume counts the instrument's unit of size, not base units."""

    def request(self, instrument: Instrument, interval: int, start: int, end: int) -> RestRequest:
        """The request for candles of `interval` seconds that open at `start` or later and before `end` (nanoseconds).

        Raises FrameError for an interval that the venue does not have. More than `limit` candles take several requests.
        """
        if interval not in self.words:
            known = ", ".join(str(seconds) for seconds in self.words)
            raise FrameError(f"no candles of {interval} s; there are {known}")
        rows = min(self.limit, max(1, -(-(end - start) // (interval * SECOND))))
        return RestRequest(self.path(instrument, self.words[interval], start, end, rows), self.weight, timeout=20.0)

    def rows_in(self, answer: Any) -> Sequence[Any]:
        """The rows of a decoded answer."""
        for key in self.rows:
            answer = next(iter(answer.values())) if key == "*" else answer[key]
        if not self.columnar:
            return rows_of(answer)
        columns = {str(key): rows_of(answer[key]) for key in self.columns.values()}
        if len({len(column) for column in columns.values()}) > 1:
            raise ValueError("the columns of candles have different lengths")
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def candle(self, instrument: Instrument, row: Any) -> Candle:
        """The candle of one row."""
        values = {field: row[place] for field, place in self.columns.items()}
        volume = amount(values["volume"]) if "volume" in values else None
        if volume is not None and self.volume_in_contracts:
            volume *= instrument.contract
        return Candle(
            open_time=moment(values["open_time"], self.time_unit),
            open=positive(values["open"]),
            high=positive(values["high"]),
            low=positive(values["low"]),
            close=positive(values["close"]),
            volume=volume,
            quote_volume=amount(values["quote_volume"]) if "quote_volume" in values else None,
            trades=whole(values["trades"]) if "trades" in values else None,
            closed=one_of(values["closed"], CLOSED) if "closed" in values else None,
        )
