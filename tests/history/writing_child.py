"""Writes trades and books from a number on, and tells the last number that is on the disk, until it is killed."""

from __future__ import annotations

from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from server.history.writer import HistoryWriter

from .samples import BTC, book, trade

BATCH = 50


def write(written: Connection, first: int, folder: Path) -> None:
    """Writes for ever."""
    writer = HistoryWriter(folder)
    for start in count(first, BATCH):
        writer.add(trade(number, BTC) for number in range(start, start + BATCH))
        writer.add([book(start)])
        writer.flush()
        written.send(start + BATCH - 1)
