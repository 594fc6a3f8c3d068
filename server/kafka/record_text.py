"""A record of Kafka as a line for people and programs: JSON of its message, or TOPIC -> VALUE of a topic of text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from onebook.v1 import analytics_pb2, market_data_pb2, reference_pb2  # noqa: F401 - their messages are looked up by name

from ..readable.answers import AnswerShape
from ..readable.objects import object_of
from ..readable.shapes import shape_of, type_name

PACKAGE = "onebook.v1."


def record_text(topic: str, key: bytes | None, value: bytes | None, headers: Mapping[str, bytes]) -> str:
    """The line of a record. Raises ValueError for bytes that are not what the headers say."""
    kind = headers.get("ct", b"").decode("ascii", "replace")
    if value is None:
        return json.dumps({"type": "removed", "key": _plain(key)}, ensure_ascii=False)
    if not kind:
        return f"{topic} -> {_plain(value)}"
    if not kind.startswith(PACKAGE):
        raise ValueError(f"the header ct names {kind!r:.80}, which is no message of onebook.v1")
    return _json(kind, value)


def _json(kind: str, value: bytes) -> str:
    try:
        descriptor = descriptor_pool.Default().FindMessageTypeByName(kind)
    except KeyError:
        raise ValueError(f"this version of onebook has no message {kind!r:.80}") from None
    if kind.endswith("Response"):
        return _answer(kind).line(value).decode()
    shape = shape_of(descriptor)
    try:
        message = message_factory.GetMessageClass(descriptor).FromString(value)
    except DecodeError:
        raise ValueError(f"these bytes are no {kind}") from None
    return json.dumps({"type": type_name(descriptor), **object_of(shape, message)}, ensure_ascii=False)


@cache
def _answer(kind: str) -> AnswerShape:
    return AnswerShape(message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(kind)))


def _plain(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "backslashreplace")
