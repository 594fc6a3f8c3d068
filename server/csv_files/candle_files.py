"""The candles that a server has, as CSV files: one file per venue, market and length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..analytics.candles.candle import Candle, Fill
from ..analytics.candles.resume import ALL
from ..analytics.candles.runtime import CandleRuntime
from ..analytics.engine import AnalyticsEngine
from ..analytics.intervals import Interval
from ..export.export_error import ExportError
from ..export.whole_file import WholeFile
from ..market.market import Market
from ..model import Pair
from .candle_table import candle_table

FOLDER = "candles"
_END = 1 << 62
"""Nanoseconds since 1970, later than any candle."""


def write_candles(folder: Path, markets: Iterable[Market], analytics: AnalyticsEngine, epoch: int) -> int:
    """Writes all candles, the open ones included, and returns the number of files. `epoch`: seconds since 1970, for
    the names. Files appear whole. Raises ExportError."""
    written = 0
    for market in markets:
        for venue, interval, candles in _kept(market, analytics):
            _write(folder / FOLDER / file_name(epoch, venue, market.pair, interval), candles)
            written += 1
    return written


def file_name(epoch: int, venue: str, pair: Pair, interval: Interval) -> str:
    """Such as 1796000000_BTC-USDT_60sec_candle_data.csv, with the venue's name before the pair if there is one."""
    length = interval.name if interval.seconds is None else f"{interval.seconds}sec"
    market = f"{pair.base}-{pair.quote}" if venue == ALL else f"{venue}_{pair.base}-{pair.quote}"
    return f"{epoch}_{market}_{length}_candle_data.csv"


def _kept(market: Market, analytics: AnalyticsEngine) -> Iterator[tuple[str, Interval, Sequence[Candle]]]:
    aggregator = analytics.of(market).get(CandleRuntime).candles
    for venue in (ALL, *market.venues):
        for interval in analytics.settings.intervals:
            kept = analytics.settings.kept + 1
            candles = aggregator.candles(venue, interval, 0, _END, kept, Fill.NONE, include_open=True)
            if candles:
                yield venue, interval, candles


def _write(path: Path, candles: Sequence[Candle]) -> None:
    file = WholeFile(path)
    try:
        file.file.write("".join(candle_table(candles)).encode())
        file.commit()
    except OSError as error:
        file.discard()
        raise ExportError(f"{path} cannot be written: {error.strerror}") from error
