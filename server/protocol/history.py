"""What venues tell of the past by REST: candles, and open interest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from ..errors import FrameError
from ..model import Instrument
from .rest_request import RestRequest, decode_json

SECOND = 1_000_000_000


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
    """Nanoseconds UTC; 0: the venue does not say."""
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
    """Nanoseconds in one unit of open_time; 0: it is ISO text."""
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

    def read(self, instrument: Instrument, body: bytes) -> list[Candle]:
        """The candles of an answer, oldest first. Raises FrameError."""
        answer = decode_json(body)
        try:
            candles = [self._candle(instrument, row) for row in self._rows(answer)]
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"candles could not be read: {error!r} in {body[:120]!r}") from error
        return sorted(candles, key=lambda candle: candle.open_time)

    def _rows(self, answer: Any) -> Sequence[Any]:
        for key in self.rows:
            answer = next(iter(answer.values())) if key == "*" else answer[key]
        if not self.columnar:
            return list(answer)
        return [
            {str(key): answer[key][at] for key in self.columns.values()}
            for at in range(len(answer[self.columns["open_time"]]))
        ]

    def _candle(self, instrument: Instrument, row: Any) -> Candle:
        values = {field: row[place] for field, place in self.columns.items()}
        numbers = {
            field: _decimal(values[field])
            for field in ("open", "high", "low", "close", "volume", "quote_volume")
            if field in values
        }
        volume = numbers.get("volume")
        if volume is not None and self.volume_in_contracts:
            volume *= instrument.contract
        return Candle(
            open_time=_time(values["open_time"], self.time_unit),
            open=numbers["open"], high=numbers["high"], low=numbers["low"], close=numbers["close"],
            volume=volume,
            quote_volume=numbers.get("quote_volume"),
            trades=int(values["trades"]) if "trades" in values else None,
            closed=str(values["closed"]).lower() in ("1", "true") if "closed" in values else None,
        )  # fmt: skip


def _decimal(value: Any) -> Decimal:
    number = Decimal(value) if isinstance(value, str) else Decimal(int(value))
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a number")
    return number


def _time(value: Any, unit: int) -> int:
    return iso_nanos(value) if unit == 0 else int(_decimal(value) * unit)


def iso_nanos(text: str) -> int:
    """Nanoseconds since 1970 of an ISO 8601 time with up to nine digits of a second; UTC. Raises ValueError."""
    whole, _, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    zone = rest[len(digits) :] if rest else whole[19:]
    if zone not in ("Z", "+00:00", "") or len(whole) < 19:
        raise ValueError(f"{text!r:.60} is no UTC time")
    moment = datetime.strptime(whole[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) * SECOND + int((digits + "0" * 9)[:9])
