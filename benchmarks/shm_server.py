"""A server whose books are in shared memory and on a gRPC port: python -m benchmarks.shm_server NAME RATE

Prints its port and ends with its standard input.
"""

from __future__ import annotations

import sys
from decimal import Decimal

from benchmarks import stack
from server.api.topics import default_book_channel
from server.publish.topics import BookChoice
from server.transport.shm.slot_publisher import SlotPublisher
from server.venues import VENUES

CHOICE = BookChoice(stack.LEVELS, Decimal(0))


def publisher_of(server: stack.Stack, name: str) -> SlotPublisher:
    """The server's books in shared memory, in slots as a real server has them."""
    made = SlotPublisher(
        name,
        lambda market: default_book_channel(server.dispatcher, market, CHOICE),
        epoch=server.dispatcher.epoch.start,
        levels=CHOICE.levels,
        venues=len(VENUES),
    )
    server.dispatcher.listen(made)
    return made


def main(name: str, rate: str) -> None:
    server = stack.Stack(float(rate))
    publisher = publisher_of(server, name)
    print(server.start(), flush=True)
    sys.stdin.read()
    publisher.close()
    server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
