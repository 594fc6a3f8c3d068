"""One data frame on its way from an exchange to its listeners."""

from collections.abc import Callable

SENT, LOST, AGAIN = "sent", "lost", "again"


class Publication:
    """One data frame of one stream. `make(variant)` writes its text; `alter` (a fault) may then spoil the bytes.

    `delivery` matters where frames are numbered by connection: a LOST one takes its number and is not sent, one that is
    sent AGAIN has the number of the frame before it.
    """

    __slots__ = ("_made", "alter", "delivery", "kind", "make", "pair", "stream")

    def __init__(self, stream: str, kind: str, pair: str, make: Callable[[str], str]) -> None:
        self.stream = stream
        self.kind = kind  # diff, book, snapshot, checksum, ticker, trade, interest, candle or data
        self.pair = pair
        self.make = make
        self.alter: Callable[[str], bytes] | None = None
        self.delivery = SENT
        self._made: dict[str, bytes] = {}

    def body(self, variant: str) -> bytes:
        """The frame in one variant, written once."""
        made = self._made.get(variant)
        if made is None:
            made = self._made[variant] = self.spoil(self.make(variant))
        return made

    def spoil(self, text: str) -> bytes:
        """The bytes of a text of this frame, altered if a fault says so."""
        return text.encode() if self.alter is None else self.alter(text)

    def altered(self, alter: Callable[[str], bytes]) -> "Publication":
        """A spoiled copy."""
        copy = self.with_delivery(self.delivery)
        copy.alter = alter
        return copy

    def with_delivery(self, delivery: str) -> "Publication":
        """A copy with another delivery."""
        copy = Publication(self.stream, self.kind, self.pair, self.make)
        copy.alter = self.alter
        copy.delivery = delivery
        return copy
