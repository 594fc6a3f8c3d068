"""Writes trades into CSV files until it is killed, and prints the newest number of each turn that is over."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from server.csv_files.trade_files import TradeFiles

from .samples import BTC, VENUE, line

BATCH = 7
AGAIN = 50
"""Trades before the first one that come again, as those of a venue after a reconnect."""


def main(folder: str, first: int) -> None:
    files = TradeFiles(Path(folder))
    for number in range(max(0, first - AGAIN), first):
        files.put(VENUE, BTC, line(number))
    for number in itertools.count(first):
        files.put(VENUE, BTC, line(number))
        if number % BATCH == 0:
            files.turn()
            print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
