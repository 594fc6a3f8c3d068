"""The engine's thread, its topics, and the two queues between it and Python."""

from collections.abc import Iterable, Mapping

CALL: int
"""A call with its first message."""
MESSAGE: int
"""A further message of a call that has many."""
HALF: int
"""No further message of a call will come."""
OVER: int
"""Nothing is left of the call."""
FREE: int
"""A stream of the topic can take a message again."""
TLS: int
"""A client's TLS handshake has failed."""
SECURE: bool
"""Whether the engine was built with OpenSSL."""
DELAY_BOUNDS: list[int]
"""Nanoseconds, rising: see Engine.delays()."""

COMPRESSED: int
WITHOUT_MESSAGE: int
MANY: int
"""Flags of CALL."""

class Topic:
    """What the streams of one channel read.

    `events`: every message in order, `capacity` of them kept; else the newest message alone. `dropped_fields`: by the
    field number of a response's only message, that of the number of events that a stream lost before this one."""

    def __new__(
        cls, engine: Engine, events: bool, capacity: int = 0, dropped_fields: Mapping[int, int] = ...
    ) -> Topic: ...
    def publish(self, payload: bytes) -> None:
        """Makes this the newest message of all streams of the topic."""

    def attach(self, call: int, loses_nothing: bool) -> None:
        """The call reads the topic from now on; `loses_nothing`: it ends where it would lose an event."""

    def behind(self) -> bool:
        """Of a topic of events with one stream: whether it has not taken all of them yet. If so, FREE tells when it
        has."""

    def busy(self) -> bool:
        """Whether no stream can take a message now. If so, FREE tells of the next stream that can."""

    @property
    def key(self) -> int:
        """The topic's name in what take() returns."""

    @property
    def conflated(self) -> int:
        """States that some stream skipped."""

    @property
    def dropped(self) -> int:
        """Events that some stream lost."""

class Engine:
    """Serves the connections of some listening sockets. run() is one thread's; all other methods are thread-safe."""

    def limit(
        self,
        *,
        connections: int,
        calls_per_connection: int,
        half_open: int,
        request_within: float,
        handshake_within: float,
        idle: float,
        ping_every: float,
        ping_within: float,
        answer_within: float,
        status_within: float,
        stall: float,
        age: float = 0.0,
        age_grace: float = 0.0,
    ) -> None:
        """Sets the limits (seconds and numbers), before run(); an age of 0 is none."""

    processes: int
    """Processes that serve: for each of them there may be a socket per address."""

    def listen(self, fds: Iterable[int], heard: bool = True) -> None:
        """Takes over the listening sockets of an address, before run(). Raises OSError.

        `heard`: their connections are taken from the start."""

    def topic(self, events: bool, capacity: int = 0, dropped_fields: Mapping[int, int] | None = None) -> Topic:
        """A new topic of this engine."""

    def expect_many(self, prefix: bytes) -> None:
        """Calls whose paths begin so have many requests. Before run(). Raises ValueError where there is no place."""

    def secure(self, chain: bytes, key: bytes, authority: bytes = b"") -> None:
        """New connections speak TLS with this chain and key (PEM).

        With the authority, only clients whose certificate it signed are accepted.
        Open connections stay. Raises ValueError where these cannot be used."""

    def run(self) -> None:
        """Serves until stop()."""

    def send(self, call: int, payload: bytes, last: bool) -> None:
        """Sends a message of a call's own; `last`: it is the only one, and the status OK follows."""

    def end(self, call: int, status: int, message: bytes, details: bytes = b"") -> None:
        """Ends a call with a status of gRPC, its message in UTF-8, and details as google.rpc.Status. The first end of a
        call counts."""

    def drain(self) -> None:
        """New calls and connections are refused; connections close when they have no call."""

    def stop(self) -> None:
        """Closes all connections; run() returns."""

    def take(self, seconds: float) -> list[tuple[int, int, bytes, list[tuple[bytes, bytes]], bytes, bytes, int]]:
        """What has happened, in order: waits so long for something.

        Each is (kind, call, path, headers, body, peer, flags); of FREE the call is the topic's key."""

    def counters(self) -> dict[str, int]:
        """What core/counters.h counts, by name: since the start, but of now for `connections` and `half_open`."""

    def delays(self) -> tuple[list[int], int]:
        """Of messages of topics, from their publication until the socket has them: numbers by bucket, and the sum in
        nanoseconds.

        Each of DELAY_BOUNDS is the longest delay of its bucket; a last bucket has all that are longer. The first
        message of what a connection sends at once stands for all."""

class Worker:
    """Makes the engine one of a serving process.

    A server asks it and is told over the socket `link`, and publishes on the board. `board` and `words` are memories
    that they share, `wake` is an eventfd, and `number` marks the calls of this process and life. Takes the descriptors
    over. Raises OSError."""

    def __new__(cls, engine: Engine, link: int, wake: int, board: int, words: int, number: int) -> Worker: ...
    def run(self) -> None:
        """Serves until the server says so, or is gone. The memories stay mapped: the process ends with this."""

def headers_of(block: bytes) -> list[tuple[bytes, bytes]]:
    """Names and values, which stand in the block each behind its length."""
