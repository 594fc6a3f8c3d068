"""The CSV files of a running server: the folder, the thread that writes trades, and candles on request."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from pathlib import Path

from ..analytics.engine import AnalyticsEngine
from ..errors import ConfigError
from ..export.export_error import ExportError
from ..logs import about
from ..market.market import Market
from ..neighbours import recording
from ..publish.listener_thread import ListenerThread
from .candle_files import FOLDER, write_candles
from .trade_files import TradeFiles
from .trade_writer import TradeWriter

log = logging.getLogger(__name__)

LOCK_PATIENCE, STOP_PATIENCE = 5.0, 10.0


class ServerCsv:
    """Made before the feeds, stopped after them."""

    def __init__(self, folder: Path) -> None:
        """Takes the folder, which is made if only it is missing. Raises ConfigError: it is none, may not be written, or
        another process writes there."""
        self._folder = folder.absolute()
        try:
            self._lock = recording.FolderLock(recording.made_folder(self._folder), LOCK_PATIENCE)
        except recording.RecordingError as error:
            raise ConfigError(f"csv: {error}", ("csv",)) from error
        self._files = TradeFiles(self._folder)
        self.listener = ListenerThread("trades to CSV", TradeWriter(self._files))
        """The listener of the dispatcher."""

    @property
    def trouble(self) -> str:
        """What cannot be written, for people; empty while all can."""
        return self._files.trouble

    def start(self) -> None:
        """Starts the thread that writes trades."""
        self.listener.start()
        log.info("trades are written as CSV into %s", self._folder, extra=about("csv_started"))

    def write_candles(self, markets: Iterable[Market], analytics: AnalyticsEngine) -> None:
        """Writes all candles of these markets, and logs the number of files, or why they cannot be written."""
        folder = self._folder / FOLDER
        try:
            count = write_candles(self._folder, markets, analytics, int(time.time()))
        except ExportError as error:
            log.error("candles cannot be written as CSV: %s", error, extra=about("csv_candles_failed"))
        else:
            log.info("candles are written as CSV into %s: files %d", folder, count, extra=about("csv_candles"))

    def stop(self) -> None:
        """Writes all trades that were heard, and closes the files."""
        self.listener.stop(STOP_PATIENCE)
        if self.listener.thread.is_alive():
            log.error("the disk is too slow: trades are lost for the CSV files", extra=about("csv_lost"))
        else:
            self._files.close()
        self._lock.close()
