"""Lines that strangers provoke: a kind of them once a minute, however many calls are made for it."""

from __future__ import annotations

import logging
import re

from .repeats import Repeats

STRANGERS = ("command_refused",)
"""Events of the server's log that a stranger can cause without limit."""
LIBRARY = "grpc"
"""Loggers whose lines quote clients."""
_VARIABLE = re.compile(r"'.*'|\d+", re.DOTALL)
_KIND = 120


class StrangersLines(logging.Filter):
    """Leaves out lines whose kind was logged a short while ago; the next line has the number of omitted lines."""

    def __init__(self) -> None:
        super().__init__()
        self._repeats = Repeats()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is logged."""
        if record.name.partition(".")[0] != LIBRARY and getattr(record, "event", "") not in STRANGERS:
            return True
        if record.name == "grpc.core":  # It has limits of its own, which know its lines.
            return True
        kind = f"{record.name} {record.levelname} {_VARIABLE.sub('#', str(record.msg))[:_KIND]}"
        left_out = self._repeats.admit(kind)
        if left_out is None:
            return False
        if left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out:,} more lines were left out)", ()
        return True
