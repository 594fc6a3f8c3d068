"""The encodings of a merge in plain Python: the bytes that upb writes for the same messages."""

from __future__ import annotations

from dataclasses import dataclass

from . import _reference_wire as wire
from ._reference_merge import Merge, Merged, VenueState


@dataclass
class Stamp:
    """What the caller of an encoder says of the message."""

    publish_time: int
    monotonic: int
    epoch: int
    sequence: int
    heartbeat: bool


def book(merge: Merge, stamp: Stamp, extra: bytes) -> bytes:
    """A StreamBookResponse."""
    body = _head(merge, stamp)
    body += wire.integer(4, wire.zigzag(-merge.scales.size))
    for number, side in zip((5, 6), merge.shown, strict=True):
        body += b"".join(wire.message(number, _level(level)) for level in side)
    body += _spread_and_mid(merge)
    body += _qualities(merge, 9, stamp.monotonic)
    body += b"".join(wire.integer(number, levels) for number, levels in zip((10, 11), merge.proved, strict=True))
    return wire.message(1, body + extra + wire.fixed64(13, merge.digest))


def summary(merge: Merge, stamp: Stamp, vwap_levels: int, extra: bytes) -> bytes:
    """A StreamSummaryResponse."""
    body = _head(merge, stamp)
    body += wire.integer(4, wire.zigzag(-merge.scales.size))
    for number, side in zip((5, 6), merge.sides, strict=True):
        body += wire.message(number, _level(side[0])) if side else b""
    body += _spread_and_mid(merge)
    decimals, *prices = merge.prices()
    body += wire.integer(9, wire.zigzag(-decimals))
    body += b"".join(wire.present(number, price) for number, price in zip((10, 11, 12), prices[:3], strict=True))
    used = (vwap_levels, merge.vwaps[0].levels, merge.vwaps[1].levels)
    body += b"".join(wire.integer(number, levels) for number, levels in zip((13, 14, 15), used, strict=True))
    body += _qualities(merge, 16, stamp.monotonic)
    points = merge.spread_basis_points
    body += wire.present(17, None if points is None else wire.zigzag(points)) + wire.present(18, prices[3])
    return wire.message(1, body + extra + wire.fixed64(21, merge.digest))


def status(merge: Merge, stamp: Stamp) -> bytes:
    """A StreamVenueStatusResponse."""
    return wire.message(1, _head(merge, stamp) + _qualities(merge, 4, stamp.monotonic))


def compat(merge: Merge) -> bytes:
    """An orderbook.Summary."""
    body = wire.double(1, (merge.spread or 0) / 10**merge.scales.price)
    for number, side in zip((2, 3), merge.shown, strict=True):
        body += b"".join(wire.message(number, _compat_level(merge, level)) for level in side)
    return body


def _compat_level(merge: Merge, level: Merged) -> bytes:
    body = wire.text(1, merge.venues[level[2]].name)
    body += wire.double(2, level[0] / 10**merge.scales.price)
    return body + wire.double(3, level[1] / 10**merge.scales.size)


def _head(merge: Merge, stamp: Stamp) -> bytes:
    exchange_time, receive_time = merge.times
    header = wire.fixed64(1, stamp.publish_time) + wire.fixed64(2, stamp.epoch) + wire.integer(3, stamp.sequence)
    header += wire.integer(4, stamp.heartbeat) + wire.fixed64(5, receive_time) + wire.fixed64(6, exchange_time)
    scale = wire.integer(3, wire.zigzag(-merge.scales.price))
    return wire.message(1, header) + wire.text(2, merge.market) + scale


def _level(level: Merged) -> bytes:
    return b"".join(wire.integer(number, value) for number, value in enumerate(level, 1))


def _spread_and_mid(merge: Merge) -> bytes:
    spread = None if merge.spread is None else wire.zigzag(merge.spread)
    return wire.present(7, spread) + wire.present(8, merge.mid)


_FARTHEST = 40
"""By so many decimals no price of 64 bits can be moved exactly."""


def qualities(merge: Merge, number: int, decimals: int, monotonic: int) -> bytes:
    """One entry per venue as the repeated field `number`, prices at `decimals`."""
    more = max(-_FARTHEST, min(_FARTHEST, decimals - merge.scales.price))
    return b"".join(wire.message(number, _quality(venue, more, monotonic)) for venue in merge.venues)


def _qualities(merge: Merge, number: int, monotonic: int) -> bytes:
    return qualities(merge, number, merge.scales.price, monotonic)


def _price_at(price: int, more: int) -> int:
    """A price at so many decimals more, if these hold it exactly; else 0, which is none."""
    moved, rest = (price * 10**more, 0) if more >= 0 else divmod(price, 10**-more)
    return 0 if rest or moved >= 2**63 else moved


def _quality(venue: VenueState, more: int, monotonic: int) -> bytes:
    exchange, receive, received = venue.times
    age = max(0, monotonic - received) if received > 0 else 0
    prices = [_price_at(price, more) for price in venue.extremes]
    body = wire.text(1, venue.name) + wire.integer(2, venue.state)
    body += wire.fixed64(3, max(exchange, 0)) + wire.fixed64(4, max(receive, 0))
    numbers = (age, max(venue.sequence, 0), *venue.counters, venue.whole, *prices, *venue.counts)
    body += b"".join(wire.integer(number, value) for number, value in enumerate(numbers, 5))
    body += wire.text(16, venue.detail)
    body += b"".join(wire.integer(number, value) for number, value in enumerate(venue.proofs, 17))
    body += wire.text(23, venue.currency) + wire.integer(24, venue.trades_state)
    offset, uncertainty = venue.clock
    body += wire.integer(25, wire.zigzag(offset)) + wire.integer(26, max(uncertainty, 0))
    return body + wire.fixed64(27, venue.digest)
