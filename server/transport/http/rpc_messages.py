"""The messages of a call, by the names of the contract: JSON or protobuf in, JSON or protobuf out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.message import Message

from ...request_errors import QUOTED, invalid, shown

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
        self._newest: tuple[bytes | None, bytes] = None, b""

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

    def query_bytes(self, parameters: Mapping[str, str]) -> bytes:
        """The request of these parameters: fields by name, lists with commas, `order.side` for a field of a field.
        Raises RequestError."""
        request = self.request()
        for path, text in parameters.items():
            *parents, name = path.split(".")
            holder: Message = request
            for parent in parents:
                field = holder.DESCRIPTOR.fields_by_name.get(parent)
                if field is None or field.message_type is None:
                    raise invalid(path[:QUOTED], "is no parameter of this call")
                holder = getattr(holder, parent)
            field = holder.DESCRIPTOR.fields_by_name.get(name)
            if field is None or field.message_type is not None:
                raise invalid(path[:QUOTED], "is no parameter of this call")
            try:
                json_format.ParseDict({name: _value(field, text)}, holder)
            except (json_format.ParseError, TypeError):
                raise invalid(path[:QUOTED], f"was {shown(text)}, which is no value of this parameter") from None
        return bytes(request.SerializeToString())

    def response_json(self, payload: bytes) -> bytes:
        """A response in the canonical JSON of protobuf. Readers of one stream get the same object: its JSON is made
        once."""
        made_of, made = self._newest
        if payload is made_of:
            return made
        made = self._json(payload)
        self._newest = payload, made
        return made

    def _json(self, payload: bytes) -> bytes:
        response = self.response.FromString(payload)
        return json_format.MessageToJson(response, indent=None, ensure_ascii=False).encode()


def _value(field: Any, text: str) -> Any:
    """The value as JSON has it."""
    if _is_list(field):
        return [part for part in text.split(",") if part]
    if field.cpp_type == field.CPPTYPE_BOOL:
        return {"true": True, "false": False}.get(text, text)
    return text


def _is_list(field: Any) -> bool:
    # Older releases of protobuf have label, newer ones is_repeated.
    known = getattr(field, "is_repeated", None)
    return bool(known) if known is not None else field.label == field.LABEL_REPEATED


def _short(error: Exception) -> str:
    words = " ".join(str(error).split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}..."


LONGEST = 300
"""Characters of a parser's account that are sent back."""
