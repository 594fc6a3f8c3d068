"""Logging to standard error: lines for people, or one JSON object per line, and nothing else on that stream.

A line says what it is about in fields, not only in its text: `log.info(..., extra=about("book_live", market, venue))`.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Mapping
from datetime import datetime, timezone
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from . import early
from .log_limits import StrangersLines
from .printable import printable

# Characters of a message; what a venue said of it is cut shorter where it is quoted.
MOST = 2000
# Of a market or a venue, which a stranger may have named.
NAME = 100
EVENT = "message"
"""The event of a line that names none."""


def about(event: str, market: object = "", venue: object = "") -> dict[str, str]:
    """The subject of a log line, as its `extra`: a word for the kind of line, and the market and venue it concerns."""
    return {"event": event, "market": str(market), "venue": str(venue)}


def timestamp(seconds: float) -> str:
    """A time as RFC 3339 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class LineFormatter(logging.Formatter):
    """One line per message with date and time in UTC, whatever is quoted in it; tracebacks follow."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002
        return timestamp(record.created)

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = printable(record.message, MOST)
        return super().formatMessage(record)


class JsonFormatter(logging.Formatter):
    """time, level, event, market, venue, message, logger, thread, and `exception` where there is one.

    Market and venue are null in lines that concern none.
    """

    def format(self, record: logging.LogRecord) -> str:
        given: Mapping[str, Any] = vars(record)
        entry: dict[str, str | None] = {
            "time": timestamp(record.created),
            "level": record.levelname.lower(),
            "event": given.get("event") or EVENT,
            "market": (given.get("market") or "")[:NAME] or None,
            "venue": (given.get("venue") or "")[:NAME] or None,
            "message": printable(record.getMessage(), MOST),
            "logger": record.name,
            "thread": record.threadName,
        }
        if record.exc_info and record.exc_info[0] is not None:
            entry["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            entry["stack"] = self.formatStack(record.stack_info)
        # Without a character that the stream's encoding may lack: an escape of its own would be no JSON.
        return json.dumps(entry)


if TYPE_CHECKING:
    _TextHandler = logging.StreamHandler[TextIO]
else:
    _TextHandler = logging.StreamHandler  # Python 3.10 takes no type here.


class LogStream(_TextHandler):
    """A handler whose own failures are lines of the log, too."""

    def handleError(self, record: logging.LogRecord) -> None:
        """A line that cannot be made is replaced by a line that says so; a closed stream is ignored."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError | ValueError | RecursionError):
            return
        words = f"a line of {record.name} could not be logged: {error!r}, of {record.msg!r}"
        try:
            line = self.format(logging.makeLogRecord({**vars(record), "msg": words, "args": (), "exc_info": None}))
            self.stream.write(line + self.terminator)
        except Exception:
            # Nobody is left to hear of it.
            return


def configure(level: str, as_json: bool, stream: TextIO | None = None) -> None:
    """Sets the root logger up; again where the settings are known better. `stream` is standard error by default."""
    handler = LogStream(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else LineFormatter())
    handler.addFilter(StrangersLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Their debug output says nothing about exchanges.
    for name in ("urllib3", "websocket", "grpc"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def catch_everything() -> None:
    """Sends Python's own output on standard error to the log: warnings, and uncaught exceptions."""
    logging.captureWarnings(True)
    for text in early.take_warnings():
        logging.getLogger("py.warnings").warning("%s", text)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


_log = logging.getLogger("onebook")


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _log.critical("uncaught %s", kind.__name__, exc_info=(kind, error, trace), extra=about("uncaught"))


def _uncaught_in_thread(caught: threading.ExceptHookArgs) -> None:
    if caught.exc_type is SystemExit:
        return
    name = caught.thread.name if caught.thread is not None else "a thread"
    value = caught.exc_value or caught.exc_type()
    _log.error(
        "%s ended: uncaught %s", name, caught.exc_type.__name__,
        exc_info=(caught.exc_type, value, caught.exc_traceback), extra=about("uncaught"),
    )  # fmt: skip


def _unraisable(caught: sys.UnraisableHookArgs) -> None:
    words = caught.err_msg or "an exception was ignored"
    value = caught.exc_value or caught.exc_type()
    _log.error(
        "%s: %r", words, caught.object, exc_info=(caught.exc_type, value, caught.exc_traceback), extra=about("uncaught")
    )
