"""Writes trades and books from a number on, and prints the last number that is on the disk, until it is killed."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from server.history.writer import HistoryWriter

from .samples import BTC, book, trade

BATCH = 50


def main() -> None:
    folder, first = Path(sys.argv[1]), int(sys.argv[2])
    writer = HistoryWriter(folder)
    for start in count(first, BATCH):
        writer.add(trade(number, BTC) for number in range(start, start + BATCH))
        writer.add([book(start)])
        writer.flush()
        print(start + BATCH - 1, flush=True)


if __name__ == "__main__":
    main()
