"""The states of one subscription: requested, answered, received; requested again if the answer or the messages do not
come."""

from __future__ import annotations

from enum import Enum

from ..backoff import Backoff
from ..model import TradesState
from ..units import SECOND

# Venues answer a subscription within a fraction of a second; a request that was not answered for so long was lost.
ANSWER = 5 * SECOND
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0


class SubscriptionState(Enum):
    """The state of a subscription."""

    WAITING = "waiting"
    """The stream is requested."""
    CONFIRMED = "confirmed"
    """The venue confirmed the stream."""
    RECEIVED = "received"
    """Its messages come."""
    OVERDUE = "overdue"
    """Neither an answer nor a message came in time; the stream is requested again."""
    REFUSED = "refused"
    """The venue refuses the stream; it is requested again with growing pauses."""
    MUTE = "mute"
    """The stream was accepted, but is silent while similar streams are busy; it is requested again."""


TRADES_STATES = {
    SubscriptionState.WAITING: TradesState.WAITING,
    SubscriptionState.CONFIRMED: TradesState.RECEIVED,
    SubscriptionState.RECEIVED: TradesState.RECEIVED,
    SubscriptionState.OVERDUE: TradesState.OVERDUE,
    SubscriptionState.REFUSED: TradesState.REFUSED,
    SubscriptionState.MUTE: TradesState.MUTE,
}


class Subscription:
    """One stream of one connection. Times are monotonic nanoseconds."""

    def __init__(self, stream: str, confirms: bool = True) -> None:
        """`confirms`: the venue answers each request; else a request that is not refused in time counts as accepted."""
        self.stream = stream
        self.state = SubscriptionState.WAITING
        self.reason = ""
        """The venue's words, if the venue refused."""
        self.refusals = 0
        """In a row, of requests for this stream alone."""
        self._confirms = confirms
        self._deadline: int | None = None
        self._retry_at: int | None = None
        self._pauses = Backoff(FIRST_PAUSE, LONGEST_PAUSE)

    @property
    def accepted(self) -> bool:
        """Whether the venue is known to send this stream."""
        return self.state in (SubscriptionState.CONFIRMED, SubscriptionState.RECEIVED)

    @property
    def unanswered(self) -> bool:
        """Whether a request was sent and no answer has come."""
        return self._deadline is not None

    def begin(self) -> None:
        """The connection is new, or the stream begins anew: nothing is known."""
        self.state, self.reason, self.refusals = SubscriptionState.WAITING, "", 0
        self._deadline = self._retry_at = None
        self._pauses.reset()

    def asked(self) -> None:
        """A request for the stream waits to be sent."""
        self._deadline = self._retry_at = None

    def sent(self, now: int) -> None:
        """The request has left."""
        if self.state is not SubscriptionState.RECEIVED:
            self._deadline = now + ANSWER

    def confirmed(self) -> None:
        """The venue accepts the stream. A stream that was mute counts as accepted only when its messages arrive."""
        self._deadline, self.refusals = None, 0
        if self.state not in (SubscriptionState.RECEIVED, SubscriptionState.MUTE):
            self.state, self._retry_at = SubscriptionState.CONFIRMED, None

    def received(self) -> None:
        """A message of the stream came."""
        self.state, self._deadline, self._retry_at = SubscriptionState.RECEIVED, None, None
        self.refusals = 0
        self._pauses.reset()

    def refused(self, reason: str, now: int, alone: bool) -> None:
        """The venue refuses the stream; a stream refused together with others is requested alone at once."""
        self.reason, self._deadline = reason, None
        if alone:
            self.state = SubscriptionState.REFUSED
            self.refusals += 1
        self._retry_at = now + (int(self._pauses.next() * SECOND) if alone else 0)

    def mute(self, now: int) -> None:
        """The stream is silent although it should be busy."""
        self.state, self._deadline = SubscriptionState.MUTE, None
        self._retry_at = now + int(self._pauses.next() * SECOND)

    @property
    def waits(self) -> bool:
        """Whether time changes anything: an answer may become overdue, or the stream is to be requested again."""
        return self._deadline is not None or self._retry_at is not None

    def lapse(self, now: int) -> bool:
        """Looks at the clock; whether an answer has just become overdue. The first repetition follows at once."""
        if self._deadline is None or now < self._deadline:
            return False
        if not self._confirms:
            self.confirmed()
            return True
        self._deadline = None
        first = self.state is SubscriptionState.WAITING
        if self.state is not SubscriptionState.MUTE:
            self.state = SubscriptionState.OVERDUE
        self._retry_at = now if first else now + int(self._pauses.next() * SECOND)
        return True

    def due(self, now: int) -> bool:
        """Whether the stream should be requested again now."""
        return self._retry_at is not None and now >= self._retry_at
