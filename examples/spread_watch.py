"""Say when the spread is wide, when venues cross, and when the numbers cannot be trusted; keep quiet otherwise.

python spread_watch.py [HOST:PORT] [MARKET] [BASIS_POINTS]
"""

from __future__ import annotations

import sys
from decimal import Decimal

from onebook.client import Book, Client, Event, NotFoundError


def verdict(book: Book, limit: Decimal) -> str:
    """One line worth reading, or nothing."""
    withdrawn = [f"{venue.venue} {venue.state.name.lower()}" for venue in book.venues if not venue.live]
    if book.spread is None or not book.mid:
        return f"no spread: {', '.join(withdrawn) or 'a side is empty'}"
    points = book.spread / book.mid * 10_000
    if book.crossed:
        return f"crossed by {-book.spread} ({-points:.2f} bp)"
    if points > limit:
        return f"spread {book.spread} is {points:.2f} bp" + (f"; without {', '.join(withdrawn)}" if withdrawn else "")
    return ""


def tell(event: Event) -> None:
    """The stream finds its server again by itself; a trader still wants to know."""
    print(event, file=sys.stderr)


def main(target: str = "127.0.0.1:50052", market: str = "BTC/USDT", limit: str = "1") -> int:
    """Watch until Ctrl-C."""
    last = ""
    with Client(target, on_event=tell) as client:
        try:
            for book in client.stream_book(market, levels=1, min_interval=0.1):
                line = verdict(book, Decimal(limit))
                if line and line != last:
                    print(line, flush=True)
                last = line
        except NotFoundError as error:
            print(error, file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
