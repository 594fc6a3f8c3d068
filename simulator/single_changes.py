"""Every single change of a step in order, for venues that tell more than the net result."""

from typing import NamedTuple

from .generator import Tick


class Single(NamedTuple):
    """A level set to a size by the change `sequence`; `hidden` when a fault keeps it back."""

    sequence: int
    is_bid: bool
    price: int
    size: int
    hidden: bool = False


def single_changes(tick: Tick) -> list[Single]:
    """The changes of the step just made, oldest first; the levels of ghost faults come last."""
    market = tick.market
    after: dict[tuple[bool, int], int] = {}
    found: list[Single] = []
    for back in range(tick.last - tick.first + 1):
        change = market.log[-1 - back]
        key = (change.is_bid, change.price)
        side = market.book.bids if change.is_bid else market.book.asks
        size = after.get(key, side.sizes.get(change.price, 0))
        after[key] = change.old
        found.append(Single(tick.last - back, *key, size, key in tick.withheld))
    return found[::-1] + [Single(tick.last, True, price, size) for price, size in tick.ghosts.items()]
