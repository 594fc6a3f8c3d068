"""Readers of a stream by each protocol of HTTP, which give the same: messages of protobuf, and how the stream ended."""

from __future__ import annotations

import http.client
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode

from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import status_pb2
from websockets.sync.client import connect

from server.transport.http.envelopes import envelope
from server.transport.status import STATUS

from .http_rig import SECONDS

NAMES = {status.value[0]: code.name.lower() for code, status in STATUS.items()}
"""Codes as Connect names them, by their number of gRPC."""


class Ended(Exception):  # Every stream has an end.
    """The stream has ended."""

    def __init__(self, code: str, message: str, details: list[tuple[str, bytes]]) -> None:
        super().__init__(code, message)
        self.code, self.message, self.details = code, message, details

    @property
    def said(self) -> tuple[str, str, list[tuple[str, bytes]]]:
        return self.code, self.message, self.details


def ended(error: dict[str, Any]) -> Ended:
    """The end of an error of Connect."""
    details = [(each["type"], b64decode(each["value"] + "==")) for each in error.get("details", [])]
    return Ended(error["code"], error["message"], details)


class Call(NamedTuple):
    """A stream to open."""

    port: int
    path: str
    request: Message
    kind: type[Message]
    """Of its messages."""
    headers: dict[str, str] = {}


class BodyReader:
    """A client of one protocol that reads a body. next() is the next message; it raises Ended."""

    def __init__(self, call: Call, method: str, path: str, body: bytes | None, content_type: str) -> None:
        self.kind = call.kind
        self.connection = http.client.HTTPConnection("127.0.0.1", call.port, timeout=SECONDS)
        named = {"content-type": content_type} if content_type else {}
        self.connection.request(method, path, body, {**named, **call.headers})
        self.answer = self.connection.getresponse()

    def exactly(self, count: int) -> bytes:
        found = self.answer.read(count) if count else b""  # It would wait for the next chunk to read nothing.
        assert len(found) == count, "the stream was cut"
        return found

    def frame(self) -> tuple[int, bytes]:
        prefix = self.exactly(5)
        return prefix[0], self.exactly(int.from_bytes(prefix[1:], "big"))

    def close(self) -> None:
        self.connection.close()
        self.answer.close()

    def next(self) -> Message:
        raise NotImplementedError


class EventReader(BodyReader):
    """Server-sent events."""

    def __init__(self, call: Call) -> None:
        super().__init__(call, "GET", f"{call.path}?{urlencode(dict(parameters(call.request)))}", None, "")

    def next(self) -> Message:
        if self.answer.status != 200:
            raise ended(json.loads(self.answer.read()))
        fields = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        assert fields, "the stream was cut"
        if fields.get("event") == "end":
            raise ended(json.loads(fields["data"]))
        return json_format.Parse(fields["data"], self.kind())


class ConnectReader(BodyReader):
    """Envelopes of Connect, of JSON or protobuf."""

    def __init__(self, call: Call, kind: str) -> None:
        self.in_json = kind == "json"
        text = json_format.MessageToJson(call.request).encode()
        body = text if self.in_json else call.request.SerializeToString()
        super().__init__(call, "POST", call.path, envelope(0, body), f"application/connect+{kind}")
        assert self.answer.status == 200
        assert self.answer.headers["content-type"] == f"application/connect+{kind}"

    def next(self) -> Message:
        flags, payload = self.frame()
        if flags == 2:
            assert self.answer.read() == b"", "nothing follows the end"
            raise ended(json.loads(payload)["error"])
        assert flags == 0
        return json_format.Parse(payload, self.kind()) if self.in_json else self.kind.FromString(payload)


class GrpcWebReader(BodyReader):
    """Frames of gRPC-Web."""

    def __init__(self, call: Call, suffix: str = "+proto") -> None:
        body = envelope(0, call.request.SerializeToString())
        super().__init__(call, "POST", call.path, self.written(body), f"application/grpc-web{suffix}")
        assert self.answer.status == 200

    @staticmethod
    def written(body: bytes) -> bytes:
        return body

    def next(self) -> Message:
        flags, payload = self.frame()
        if flags == 0x80:
            assert self.answer.read() == b"", "nothing follows the trailers"
            raise trailers(payload)
        assert flags == 0
        return self.kind.FromString(payload)


def trailers(payload: bytes) -> Ended:
    """The end that trailers tell."""
    pairs = dict(line.split(":", 1) for line in payload.decode().splitlines())
    packed = pairs.get("grpc-status-details-bin", "")
    status = status_pb2.Status.FromString(b64decode(packed + "=" * (-len(packed) % 4)))
    details = [(each.TypeName(), each.value) for each in status.details]
    number = int(pairs["grpc-status"])
    return Ended(NAMES.get(number, "ok"), unquote(pairs.get("grpc-message", "")), details)


class GrpcWebTextReader(GrpcWebReader):
    """The same in base64: each frame by itself."""

    def __init__(self, call: Call) -> None:
        self.decoded = b""
        super().__init__(call, "-text")

    @staticmethod
    def written(body: bytes) -> bytes:
        return b64encode(body)

    def exactly(self, count: int) -> bytes:
        while len(self.decoded) < count:
            self.decoded += b64decode(super().exactly(4), validate=True)
        found, self.decoded = self.decoded[:count], self.decoded[count:]
        return found


class WebsocketReader:
    """One stream of a websocket, whose next message is asked for when the last one was read."""

    def __init__(self, call: Call) -> None:
        self.kind = call.kind
        self.open = ExitStack()
        address = f"ws://127.0.0.1:{call.port}/websocket"
        self.socket = self.open.enter_context(connect(address, compression=None, max_size=None))
        request = json_format.MessageToDict(call.request)
        self.say(op="subscribe", id="a", call=call.path.strip("/"), request=request)

    def say(self, **fields: Any) -> None:
        self.socket.send(json.dumps(fields))

    def next(self) -> Message:
        told = json.loads(self.socket.recv(SECONDS))
        assert told["id"] == "a"
        if "end" in told:
            raise ended(told["end"])
        self.say(op="credit", id="a")
        return json_format.ParseDict(told["message"], self.kind())

    def close(self) -> None:
        self.open.close()


Reader = Any
PROTOCOLS: dict[str, Callable[[Call], Reader]] = {
    "events": EventReader,
    "connect+json": lambda call: ConnectReader(call, "json"),
    "connect+proto": lambda call: ConnectReader(call, "proto"),
    "grpc-web": GrpcWebReader,
    "grpc-web-text": GrpcWebTextReader,
    "websocket": WebsocketReader,
}


def parameters(request: Message) -> Iterator[tuple[str, str]]:
    """A request as parameters of an address."""
    for field, value in request.ListFields():
        values = [value] if isinstance(value, (str, int, bool)) else list(value)
        yield field.name, ",".join(str(each).lower() if isinstance(each, bool) else str(each) for each in values)
