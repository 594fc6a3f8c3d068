"""The messages of a call, by the names of the contract: JSON or protobuf in, JSON or protobuf out. Pure."""

from __future__ import annotations

from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.message import Message

from ...request_errors import invalid

PROTO = "application/proto"


class RpcMessages:
    """The request and the response of one call."""

    def __init__(self, service: str, call: str) -> None:
        """KeyError for a call that no imported contract has."""
        method = descriptor_pool.Default().FindServiceByName(service).FindMethodByName(call)
        if method is None:
            raise KeyError(f"{service} has no call {call}")
        self.request: type[Message] = message_factory.GetMessageClass(method.input_type)
        self.response: type[Message] = message_factory.GetMessageClass(method.output_type)

    def request_bytes(self, body: bytes) -> bytes:
        """The request of this JSON as gRPC would send it. Raises RequestError."""
        request = self.request()
        if body.strip()[:1] not in (b"", b"{"):
            raise invalid("request", "is no JSON object")
        try:
            json_format.Parse(body.decode().strip() or "{}", request)
        except json_format.ParseError as error:
            raise invalid("request", f"is no JSON of this call: {_short(error)}") from None
        except UnicodeDecodeError:
            raise invalid("request", "is not UTF-8") from None
        except RecursionError:
            raise invalid("request", "is nested too deeply") from None
        return bytes(request.SerializeToString())

    def response_json(self, payload: bytes) -> bytes:
        """A response in the canonical JSON of protobuf."""
        response = self.response.FromString(payload)
        return json_format.MessageToJson(response, indent=None, ensure_ascii=False).encode()


def _short(error: Exception) -> str:
    words = " ".join(str(error).split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}..."


LONGEST = 300
"""Characters of a parser's account that are sent back."""
