"""Messages as gRPC-Web has them: envelopes of protobuf, and the trailers as the last one; all of it in base64 for
`grpc-web-text`. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import quote

from ...codes import Code
from ...request_errors import RequestError
from ..status import LONGEST, STATUS, proto
from .envelopes import envelope
from .http_message import HttpAnswer

BINARY = ("application/grpc-web", "application/grpc-web+proto")
TEXT = ("application/grpc-web-text", "application/grpc-web-text+proto")
KINDS = BINARY + TEXT
TRAILERS = 0x80
_PLAIN = "".join(chr(number) for number in range(0x20, 0x7F) if chr(number) != "%")
"""What stands for itself in grpc-message."""


class GrpcWebFraming:
    """The frames of one call or stream."""

    quiet = b""

    def __init__(self, kind: str) -> None:
        """`kind`: the content type of the request, one of KINDS."""
        self._in_base64 = kind in TEXT
        self.content_type = TEXT[1] if self._in_base64 else BINARY[1]

    def message(self, payload: bytes) -> bytes:
        """One message."""
        return self._written(envelope(0, payload))

    def end(self, code: Code, reason: str) -> bytes:
        """The trailers of a stream that was ended."""
        status = str(STATUS[code].value[0])
        return self._trailers([("grpc-status", status), ("grpc-message", _encoded(reason))])

    def success(self) -> bytes:
        """The trailers of a call that was answered."""
        return self._trailers([("grpc-status", "0")])

    def error(self, error: RequestError) -> bytes:
        """The trailers of a call that has no answer, with its details."""
        status = proto(error)
        return self._trailers(
            [
                ("grpc-status", str(status.code)),
                ("grpc-message", _encoded(status.message)),
                ("grpc-status-details-bin", b64encode(status.SerializeToString()).decode().rstrip("=")),
            ]
        )

    def _trailers(self, pairs: Iterable[tuple[str, str]]) -> bytes:
        return self._written(envelope(TRAILERS, "".join(f"{name}:{value}\r\n" for name, value in pairs).encode()))

    def _written(self, frame: bytes) -> bytes:
        # Each frame is padded by itself, so that a reader can decode it before the next one comes.
        return b64encode(frame) if self._in_base64 else frame


def grpc_web_error(error: RequestError, kind: str) -> HttpAnswer:
    """A call without an answer, or a stream without a message: the status of HTTP is 200 all the same."""
    framing = GrpcWebFraming(kind)
    return HttpAnswer(HTTPStatus.OK, framing.error(error), framing.content_type)


def _encoded(message: str) -> str:
    return quote(message[:LONGEST], safe=_PLAIN)
