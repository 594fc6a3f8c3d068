"""What a client sent is quoted in errors, but never at length: a status is sent, logged and shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from onebook.compat import orderbook_pb2
from onebook.v1 import analytics_pb2, control_pb2, market_data_pb2
from server.transport.grpc import push_stream as push

from .commanded import Commanded
from .conftest import Rig

MOST = 200
LONG = "Z" * 5_000
MODULES = (market_data_pb2, analytics_pb2, orderbook_pb2, control_pb2)


def requests() -> Iterator[tuple[str, str, Message]]:
    """Of every call, one request per text field, which is long there; its path and the field."""
    for module in MODULES:
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                for field in method.input_type.fields:
                    message = GetMessageClass(method.input_type)()
                    if fill(message, field):
                        yield f"/{service.full_name}/{method.name}", field.name, message


def fill(message: Message, field: FieldDescriptor) -> bool:
    if field.type == FieldDescriptor.TYPE_STRING:
        if field.is_repeated:
            getattr(message, field.name).append(LONG)
        else:
            setattr(message, field.name, LONG)
        return True
    return False


CASES = list(requests())


@pytest.fixture(scope="module")
def channels() -> Iterator[dict[str, Any]]:
    """By service: a server that takes commands, and one that has all the others."""
    transport = "push" if push.AVAILABLE else "generator"
    rig, commanded = Rig(transport), Commanded(transport)
    yield {"ControlService": commanded.channel, "": rig.channel}
    rig.close()
    commanded.close()


def test_every_service_has_such_fields() -> None:
    services = {path.split("/")[1].rpartition(".")[2] for path, _, _ in CASES}
    assert services == {"MarketDataService", "AnalyticsService", "ControlService", "OrderbookAggregator"}
    assert len(CASES) > 30


@pytest.mark.parametrize(("path", "field", "message"), CASES, ids=[f"{path} {field}" for path, field, _ in CASES])
def test_a_long_text_is_not_sent_back(channels: dict[str, Any], path: str, field: str, message: Message) -> None:
    service = path.split("/")[1].rpartition(".")[2]
    call: Any = channels.get(service, channels[""]).unary_stream(path)
    with pytest.raises(grpc.RpcError) as error:
        next(call(message.SerializeToString(), timeout=20))
    refusal: Any = error.value
    assert refusal.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND), refusal
    assert refusal.details().count("Z") <= MOST, field
    details = [value if isinstance(value, bytes) else value.encode() for _, value in refusal.trailing_metadata()]
    assert b"".join(details).count(b"Z") <= 3 * MOST, field
