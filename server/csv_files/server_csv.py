"""The CSV files of a running server: the folder, and the thread that writes trades."""

from __future__ import annotations

import logging
from pathlib import Path

from ..errors import ConfigError
from ..logs import about
from ..neighbours import recording
from ..publish.listener_thread import ListenerThread
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

    def start(self) -> None:
        """Starts the thread that writes trades."""
        self.listener.start()
        log.info("trades are written as CSV into %s", self._folder, extra=about("csv_started"))

    def stop(self) -> None:
        """Writes all trades that were heard, and closes the files."""
        self.listener.stop(STOP_PATIENCE)
        if self.listener.thread.is_alive():
            log.error("the disk is too slow: trades are lost for the CSV files", extra=about("csv_lost"))
        else:
            self._files.close()
        self._lock.close()
