"""Logging to standard error: lines for people, or one JSON object a line."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone

from .printable import printable

# Characters of a message; what a venue said of it is cut shorter where it is quoted.
MOST = 2000


class LineFormatter(logging.Formatter):
    """One line a message, whatever is quoted in it; tracebacks follow."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = printable(record.message, MOST)
        return super().formatMessage(record)


class JsonFormatter(logging.Formatter):
    """time, level, logger, thread, message, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "thread": record.threadName,
            "message": printable(record.getMessage(), MOST),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configure(level: str, as_json: bool) -> None:
    """Sets the root logger up, once, at start."""
    handler = logging.StreamHandler(sys.stderr)
    lines = LineFormatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")
    handler.setFormatter(JsonFormatter() if as_json else lines)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Their debug output says nothing about exchanges.
    for name in ("urllib3", "websocket", "grpc"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
