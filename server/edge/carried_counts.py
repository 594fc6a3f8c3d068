"""Counters of a book that go on where another ingester's begin anew: what clients see of them never falls."""

from __future__ import annotations

from onebook.v1 import types_pb2

_NAMES = ("resyncs", "gaps", "checksums_verified", "checksum_failures")


class CarriedCounts:
    """Of one book. A switch to another ingester counts as a resync."""

    def __init__(self) -> None:
        self._offsets = dict.fromkeys(_NAMES, 0)
        self.shown = dict.fromkeys(_NAMES, 0)
        """What clients see, by name of the field of VenueQuality."""

    def take(self, quality: types_pb2.VenueQuality, switched: bool) -> None:
        """A record of the followed ingester, which may be another one than before."""
        for name in _NAMES:
            said, shown = getattr(quality, name), self.shown[name]
            if switched:
                self._offsets[name] = shown - said + (name == "resyncs")
            elif said + self._offsets[name] < shown:  # The ingester itself began anew with this book.
                self._offsets[name] = shown - said
            self.shown[name] = said + self._offsets[name]
