"""A message that begins or ends streams, and how many of them one message may name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """One message to the venue, and what is needed to know its answer."""

    text: str
    streams: tuple[str, ...] = ()
    """The streams that the message begins or ends, as the venue file names them; none for another purpose."""
    number: str = ""
    """What the venue repeats in its answer; empty where answers repeat nothing, or only name streams."""


def stream_requests(
    write: Callable[[Sequence[str], int], StreamRequest],
    groups: Iterable[Sequence[str]],
    most_names: int,
    most_bytes: int,
    first: int,
) -> list[StreamRequest]:
    """As few messages as the limits allow, numbered from `first` on; each stream stands in exactly one of them.

    One message names streams of one group, at most `most_names` of them, in at most `most_bytes` bytes (0: any length).
    A stream whose name alone is too long for a message has a message of its own, which the venue will refuse.
    """
    requests: list[StreamRequest] = []
    for group in groups:
        at = 0
        while at < len(group):
            number = first + len(requests)
            request = _longest(write, group[at : at + most_names], most_bytes, number)
            requests.append(request)
            at += len(request.streams)
    return requests


def _longest(
    write: Callable[[Sequence[str], int], StreamRequest], names: Sequence[str], most_bytes: int, number: int
) -> StreamRequest:
    """The message with as many of the first names as its bytes allow, but at least one."""
    request = write(names, number)
    if not most_bytes or len(request.text.encode()) <= most_bytes:
        return request
    fits, too_many = 1, len(names)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if len(write(names[:middle], number).text.encode()) <= most_bytes:
            fits = middle
        else:
            too_many = middle
    return write(names[:fits], number)
