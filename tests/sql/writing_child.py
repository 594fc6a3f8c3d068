"""Writes trades and books from a number on, and prints the last number that is on the server, until it is killed."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from server.sql.sql_writer import SqlWriter
from tests.history.samples import BTC, book, trade

BATCH = 50


def main() -> None:
    url, spill, first = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    writer = SqlWriter(url, spill)
    for start in count(first, BATCH):
        writer.add(trade(number, BTC) for number in range(start, start + BATCH))
        writer.add([book(start)])
        writer.flush()
        print(start + BATCH - 1, flush=True)


if __name__ == "__main__":
    main()
