"""What a message that is no depth frame can mean.

`stream` is the name that was subscribed, or the route that a Confirmed gave out for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..model import Trade


@dataclass(frozen=True, slots=True)
class TradeEvent:
    """A trade."""

    stream: str
    trade: Trade
    past: bool = False
    """Sent again on subscribing: it happened before, and was perhaps seen."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The venue confirms that streams begin, or that they end."""

    streams: tuple[str, ...] = ()
    """The streams that the answer names; those that this connection did not ask for may be among them."""
    route: str = ""
    """What frames of the one stream will name as their route, where the venue gives it out."""
    request: str = ""
    """StreamRequest.number, where the answer is for all streams of that request."""


@dataclass(frozen=True, slots=True)
class Resubscribed:
    """What comes on this stream from now on belongs to the subscription that was asked for last."""

    stream: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The venue says that something we sent was wrong."""

    reason: str
    stream: str = ""
    """Whose subscription was refused, where the answer names it."""
    request: str = ""
    """StreamRequest.number, where all streams of that request are refused; `stream` is then the one to blame."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a message could not be read; the other parts are events of their own."""

    reason: str
    """What was wrong, with the beginning of the part."""
    stream: str = ""
    """The stream whose part it was; empty if that cannot be known."""


@dataclass(frozen=True, slots=True)
class ReconnectRequest:
    """The venue will close this connection soon and asks us to go elsewhere."""

    reason: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """An answer to our heartbeat, or the venue's own."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The venue is ready for our messages."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The venue waits for this answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Counted:
    """The message's number on this connection."""

    number: int


@dataclass(frozen=True, slots=True)
class ChecksumSeen:
    """The venue's checksum of the book as it is now; unsigned 32 bits."""

    route: str
    value: int


@dataclass(frozen=True, slots=True)
class Bbo:
    """The venue's own best bid and ask, by a ticker."""

    stream: str
    """Stream or route of the book that it belongs to."""
    bid: Decimal
    ask: Decimal


@dataclass(frozen=True, slots=True)
class OpenInterestUpdate:
    """Open interest, in the unit of the instrument's sizes."""

    stream: str
    amount: Decimal
    exchange_time: int


@dataclass(frozen=True, slots=True)
class Restarted:
    """The venue has paused or rebuilt its books: none of this connection's is true any more; subscribe again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Frames:
    """A message that holds several depth frames: each as a message of its own."""

    frames: tuple[bytes, ...]


Event = (
    TradeEvent | Confirmed | Rejected | ReconnectRequest | Heartbeat | Hello | Reply | Counted | ChecksumSeen | Bbo
    | OpenInterestUpdate | Resubscribed | Restarted | Frames | Unread
)  # fmt: skip
