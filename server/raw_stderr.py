"""Lines that libraries in C write straight to file descriptor 2 (gRPC's core above all), as lines of our log.

The core has no other way to write, uses a format of its own, and strangers provoke it: a port scan of a TLS port causes
one line per connection. The descriptor is therefore turned to a pipe that a thread reads; Python's stderr keeps the
real descriptor.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import re
import sys
import threading
from typing import TextIO

from .logs import about
from .repeats import Repeats

log = logging.getLogger("grpc.core")

LONGEST = 4096
"""Maximum bytes of a line; the bytes after them are a line of their own."""
# I1128 10:00:12.068382   16768 ssl_transport_security.cc:2563] Handshake failed with error ...
_GLOG = re.compile(r"([IWEF])\d{4} [\d:.]+ +\d+ ([\w./-]+):\d+\] ?(.*)", re.DOTALL)
_LEVELS = {"I": logging.INFO, "W": logging.WARNING, "E": logging.ERROR, "F": logging.CRITICAL}
_DIGITS = re.compile(r"[0-9a-fA-F]*[0-9][0-9a-fA-F]*")
# Written by the C++ library before its logging is set up; it says nothing.
_PREAMBLE = "All log messages before absl::InitializeLog()"
_HANDSHAKE = "Handshake failed with error"
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST")
_REASON = re.compile(r"OPENSSL_internal:(\w+)(?:: (?!Invalid certificate verification)([^:]*))?")


class RawStderr:
    """Descriptor 2 of the process, read by a thread from start() to stop()."""

    def __init__(self) -> None:
        self._repeats = Repeats()
        # Who asks the core to talk wants all of it.
        self._all = bool(os.environ.get("GRPC_VERBOSITY") or os.environ.get("GRPC_TRACE"))
        if self._all:
            log.setLevel(logging.DEBUG)
        self._before: TextIO | None = None
        self._real = -1
        self._thread: threading.Thread | None = None

    def start(self) -> TextIO:
        """Turns the descriptor; returns the stream to the real one, which is `sys.stderr` from now on.

        Does nothing where standard error is no descriptor 2 of its own.
        """
        before = sys.stderr
        if self._thread is not None or not _is_descriptor_2(before):
            return before
        self._before, self._real = before, os.dup(2)
        reading, writing = os.pipe()
        # A full pipe must not hold the core's threads up: what does not fit is lost.
        os.set_blocking(writing, False)
        os.dup2(writing, 2)
        os.close(writing)
        real = os.fdopen(os.dup(self._real), "w", 1, encoding=before.encoding, errors="backslashreplace")
        sys.stderr = real
        faulthandler.enable(real)
        self._thread = threading.Thread(target=self._read, args=(reading,), name="raw-stderr", daemon=True)
        self._thread.start()
        return real

    def stop(self) -> None:
        """Gives the descriptor back once everything that was written to it is logged. `sys.stderr` stays."""
        if self._thread is None:
            return
        os.dup2(self._real, 2)
        self._thread.join(1.0)
        os.close(self._real)
        self._thread = None

    def _read(self, reading: int) -> None:
        rest = b""
        with open(reading, "rb", buffering=0) as pipe:
            while data := pipe.read(65536):
                *lines, rest = (rest + data).split(b"\n")
                if len(rest) > LONGEST:
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    self.say(line[:LONGEST].decode("utf-8", "backslashreplace"))
        if rest:
            self.say(rest.decode("utf-8", "backslashreplace"))

    def say(self, line: str) -> None:
        """Logs a raw line, unless one of its kind was logged a short while ago."""
        found = _GLOG.match(line)
        level, text = (_LEVELS[found[1]], found[3]) if found else (logging.WARNING, line)
        if not text.strip() or _PREAMBLE in text:
            return
        event = "grpc_core"
        if _HANDSHAKE in text:
            event, level, text = "tls_handshake_failed", logging.WARNING, handshake_words(text)
        left_out = 0 if self._all else self._repeats.admit(_DIGITS.sub("#", text)[:80])
        if left_out is not None:
            more = f" ({left_out:,} more lines were left out)" if left_out else ""
            log.log(level, "%s%s", text, more, extra=about(event))


def handshake_words(text: str) -> str:
    """What a failed handshake of the TLS port means for the operator."""
    if any(reason in text for reason in _NO_TLS):
        return "a client spoke without TLS to the TLS port and was turned away: clients need --tls"
    found = _REASON.search(text)
    reason = " ".join(filter(None, found.groups())) if found else text[:200]
    readable = reason.lower().replace("_", " ")
    return f"a client's TLS handshake failed: {readable}"


def _is_descriptor_2(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.fileno() == 2
    except (AttributeError, OSError, ValueError):  # Replaced by an object without a descriptor, or closed.
        return False
