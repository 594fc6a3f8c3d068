"""The requests of a session to the connection that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..book.synchronizer import BookSynchronizer
from ..model import Instrument, TradesState
from ..protocol.events import OpenInterestUpdate, TradeEvent
from ..protocol.rest_request import RestRequest
from ..protocol.stream_request import StreamRequest


@dataclass(frozen=True, slots=True)
class Send:
    """Send this text message."""

    text: str
    request: StreamRequest | None = None
    """The request that it is, where it begins streams: Session.sent() is to be called when it has left."""


@dataclass(frozen=True, slots=True)
class FetchSnapshot:
    """Fetch this and hand it with the answer to Session.snapshot() or snapshot_failed()."""

    sync: BookSynchronizer
    request: RestRequest
    subscription: int
    """BookSynchronizer.subscription when it was asked for."""
    quiet: bool = False
    """The snapshot is for a live book: snapshots for other books go first."""
    audit: bool = False
    """The snapshot is for a comparison with a live book, not for a start."""

    @property
    def stale(self) -> bool:
        """Whether the connection that asked is gone, or the answer would be of no use for another reason."""
        return self.subscription != self.sync.subscription


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Open another connection, and close this connection when the other has taken over; at once if `broken`."""

    reason: str
    broken: bool
    gap: bool = False
    """Only because messages are missing: the venue is well."""


class TradeReceived(NamedTuple):
    """A trade of this stream. A tuple: there is one for every trade, and a frozen dataclass takes twice the time."""

    event: TradeEvent


@dataclass(frozen=True, slots=True)
class OpenInterestReceived:
    """The open interest of this stream's instrument."""

    event: OpenInterestUpdate


@dataclass(frozen=True, slots=True)
class LogMessage:
    """Something for the log: the venue rejected a request, or sent what could not be read."""

    text: str
    error: Exception | None = None
    """The defect of onebook; None if the venue is the cause."""


@dataclass(frozen=True, slots=True)
class TradesStatus:
    """The state of this trade stream's subscription has changed."""

    stream: str
    state: TradesState
    reason: str = ""
    """The venue's words, if the venue refused."""


@dataclass(frozen=True, slots=True)
class CheckListing:
    """The venue sends no book of this instrument, while other books continue: find out whether the venue still lists
    and trades it."""

    instrument: Instrument
    reason: str
    hopeless: bool
    """The venue refuses it, or has given nothing for long: a list that still has it proves nothing."""


@dataclass(frozen=True, slots=True)
class TradesMissed:
    """Something that could not be read may have been a trade of this stream."""

    stream: str


Effect = (
    Send
    | FetchSnapshot
    | Reconnect
    | TradeReceived
    | TradesMissed
    | TradesStatus
    | CheckListing
    | OpenInterestReceived
    | LogMessage
)
