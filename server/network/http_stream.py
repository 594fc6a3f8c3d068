"""One connection of HTTP/1.1, kept alive: answers are bounded, and every byte comes before a deadline or never."""

from __future__ import annotations

import io
import selectors
import socket
import ssl
import weakref
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import BadStatusLine, HTTPException, HTTPMessage, HTTPResponse
from typing import cast

from ..causes import SpeaksTlsError
from .dial import ALERT, MAX_HEAD, Deadline, ended

CHUNK = 1 << 16
ENCODING = "gzip"
_GZIP_HEADER = 31


class StaleError(OSError):
    """The connection had ended before the request reached anybody: it may be sent again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `headers` finds names in any spelling."""

    status: int
    headers: HTTPMessage
    body: bytes


class HttpStream:
    """A stream on which requests are answered one after another. Belongs to one thread."""

    def __init__(self, stream: socket.socket, most: int) -> None:
        self._stream = stream
        self._most = most
        """Bytes of an answer's body at most, as sent and as unpacked."""
        self._used = False
        weakref.finalize(self, stream.close)  # A thread that ends leaves its stream to nobody.

    @property
    def usable(self) -> bool:
        """Whether another request may be sent: the venue has neither closed the connection nor said a word unasked."""
        if self._stream.fileno() < 0:
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self._stream, selectors.EVENT_READ)
            return not selector.select(0)

    def close(self) -> None:
        """Ends the connection."""
        self._stream.close()

    def ask(self, method: str, target: str, headers: Mapping[str, str], deadline: Deadline) -> Answer:
        """Sends a request and reads its answer.

        Raises TimeoutError at the deadline, whatever bytes come, else StaleError, OSError, HTTPException. The
        connection is closed then.
        """
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        if method != "GET":
            lines.append("Content-Length: 0")
        again, self._used = self._used, True
        raw = _Bounded(self._stream, deadline, self._most + MAX_HEAD)
        try:
            self._stream.settimeout(deadline.left())
            self._stream.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
            return self._read(method, raw)
        except BaseException as error:
            self.close()
            if again and not raw.count and isinstance(error, OSError) and not isinstance(error, TimeoutError):
                raise StaleError(str(error)) from error
            raise

    def _read(self, method: str, raw: _Bounded) -> Answer:
        reader = io.BufferedReader(raw)
        answer = HTTPResponse(cast("socket.socket", _Source(reader)), method=method)
        try:
            answer.begin()
        except ConnectionResetError as error:
            raise ConnectionResetError(ended(bool(raw.count), isinstance(self._stream, ssl.SSLSocket))) from error
        except BadStatusLine as error:
            if str(error).encode("latin-1", "replace").startswith(ALERT):
                raise SpeaksTlsError("the port speaks TLS: the address must begin with https://") from error
            raise
        body = self._body(answer)
        raw.ended = True
        if answer.will_close or not answer.isclosed() or reader.peek(1):
            self.close()
        return Answer(answer.status, answer.headers, body)

    def _body(self, answer: HTTPResponse) -> bytes:
        body = bytearray()
        packed = answer.headers.get("Content-Encoding", "").strip().lower() == ENCODING
        unpack = zlib.decompressobj(_GZIP_HEADER) if packed else None
        while chunk := answer.read(CHUNK):
            try:
                body += unpack.decompress(chunk, self._most + 1 - len(body)) if unpack else chunk
            except zlib.error as error:
                raise HTTPException(f"the answer is not compressed as its headers state: {error}") from error
            if len(body) > self._most:
                raise HTTPException(f"the answer is longer than {self._most} bytes")
        if answer.length or (unpack and not unpack.eof and body):
            raise HTTPException("the answer ended before its end")
        return bytes(body)


class _Bounded(io.RawIOBase):
    """Reads a socket until a deadline, and so many bytes at most."""

    def __init__(self, stream: socket.socket, deadline: Deadline, most: int) -> None:
        self._stream = stream
        self._deadline = deadline
        self._most = most
        self.count = 0
        self.ended = False
        """Whether nothing more is to be read."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self.ended:
            return 0
        self._stream.settimeout(self._deadline.left())
        count = self._stream.recv_into(buffer)
        self.count += count
        if self.count > self._most:
            raise HTTPException(f"the answer is longer than {self._most} bytes")
        return count


class _Source:
    """The part of a socket that an HTTPResponse reads from; the reader outlives it."""

    def __init__(self, reader: io.BufferedReader[_Bounded]) -> None:
        self._reader = reader

    def makefile(self, _mode: str) -> _Kept:
        return _Kept(self._reader)


class _Kept:
    """A reader that is not closed with the answer."""

    def __init__(self, reader: io.BufferedReader[_Bounded]) -> None:
        self.read, self.readline, self.readinto = reader.read, reader.readline, reader.readinto
        self.read1, self.peek = reader.read1, reader.peek
        self.closed = False

    def flush(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        self.closed = True
