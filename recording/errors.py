"""The errors that reading or writing a recording raises on purpose."""

from __future__ import annotations


class RecordingError(Exception):
    """A recording cannot be read or written. `str(error)` is one line for people."""


class DamagedError(ValueError):
    """A block cannot be used. The text is the reason, for people."""
