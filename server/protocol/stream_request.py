"""A message that begins or ends streams."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """One message to the venue, and what is needed to know its answer."""

    text: str
    streams: tuple[str, ...]
    """The streams that the message begins or ends, as the venue file names them; none for another purpose."""
    number: str = ""
    """What the venue repeats in its answer; empty where answers repeat nothing, or only name streams."""
