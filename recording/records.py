"""Records: what a recording consists of."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Kind(IntEnum):
    """What a record tells. docs/recording.md describes the body of each kind."""

    OPENED = 1
    """A websocket was opened. Body: the requested path."""
    RECEIVED = 2
    """A message from the venue. Body: the message, byte for byte."""
    SENT = 3
    """A message to the venue. Body: the message, byte for byte."""
    CLOSED = 4
    """A websocket has ended. Body: the reason, for people."""
    ANSWER = 5
    """An answer by REST. Body: one line of JSON, then the answer's body, byte for byte."""
    FAILED = 6
    """A request by REST without an answer. Body: one line of JSON."""
    TICK = 7
    """The connection looked at its clock. No body."""
    SOURCE = 8
    """What a source number stands for, or that the source has ended. Body: JSON."""
    LOST = 9
    """Records are missing here. Body: JSON."""
    RUN = 10
    """A server begins to record. Body: JSON."""
    STATE = 11
    """Digests of live books. Body: JSON."""
    COMMAND = 12
    """A command that changed the feeds. Body: JSON."""
    END = 13
    """The server has stopped in order. No body."""


DEFINING = frozenset({Kind.SOURCE, Kind.RUN})
"""Records without which other records cannot be understood: each segment begins with them."""
CHANGING = DEFINING | {Kind.COMMAND}
"""Records that whoever begins later must know: the index counts them."""
NO_SOURCE = 0
"""The source of records that belong to no connection."""


class Record(NamedTuple):
    """One record."""

    kind: int
    """One of Kind, or a number that a later version has added."""
    source: int
    """Number of the connection or REST service, as the SOURCE record before it says; 0: none."""
    body: bytes
    time: int
    """Time of receipt, or of the event: nanoseconds UTC. The clock may jump, forward and back."""
    monotonic: int
    """The same by the monotonic clock of the recorded machine, nanoseconds."""
