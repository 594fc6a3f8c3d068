"""What the server shares with its serving processes: a board that it writes, and words that each of them writes.

For Linux."""

def die_with_parent() -> None:
    """The process is killed when the thread that started it ends."""

def send(fd: int, data: bytes | bytearray) -> int:
    """How many of these bytes the socket takes at once; never waits. Raises OSError.

    Keeps the interpreter: the process at the other end runs already while others here would wait for this thread."""

class Words:
    """What one life of a serving process writes.

    `fd` is its memory, `wake` an eventfd that ends its sleep: both are open until close()."""

    fd: int
    wake: int

    def __new__(cls) -> Words: ...
    def close(self) -> None:
        """Closes the descriptors; what was written stays to be read."""

    @property
    def turns(self) -> int:
        """Turns of the process's thread so far."""

    def counters(self) -> dict[str, int]:
        """What core/counters.h counts, by name."""

    def delays(self) -> tuple[list[int], int]:
        """As Engine.delays()."""

    def taken(self, count: int) -> None:
        """So many more things that the process has told were taken."""

class Board:
    """Newest states and events, which any number of processes read. Thread-safe."""

    fd: int

    def __new__(cls, size: int, ring: int) -> Board: ...
    def join(self, words: Words) -> None:
        """A process reads from now on, and is woken for it.

        It tells of its first stream that can take a message, as whoever waits for one was told so before it was
        there."""

    def leave(self, words: Words) -> None:
        """A process reads no more; what its streams have lost stays counted."""

    def topics(self) -> list[int]:
        """The keys of all topics."""

    def conflated(self, place: int) -> int:
        """States of the topic that some stream skipped."""

    def dropped(self, place: int) -> int:
        """Events of the topic that some stream lost."""

    def open(self) -> tuple[int, int]:
        """The place and the key of a new topic. Raises MemoryError where there are too many."""

    def close(self, place: int) -> None:
        """Gives back a topic's place, once no stream reads it."""

    def state(self, place: int, payload: bytes) -> None:
        """Publishes the newest state of a topic. Raises MemoryError."""

    def event(self, place: int, payload: bytes) -> None:
        """Publishes the next event of a topic. Raises MemoryError where it is too large."""

    def moment(self, place: int) -> tuple[int, int]:
        """The position up to which the ring is written, and the events of the topic so far."""

    def behind(self, place: int) -> bool:
        """Of a topic of events with one stream: whether it has not taken all of them yet. If so, the process that has
        the stream tells when it has."""

    def busy(self, place: int) -> bool:
        """Whether the topic has streams in some processes, and in none of them one that can take a message now.

        If so, the process with the next such stream tells of it."""
