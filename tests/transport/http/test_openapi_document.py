"""The document at /openapi.json: valid, complete, and true of a real server."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as some
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.definitions import OPENAPI_31

from server.api.calls import Service, Streaming, Unary
from server.api.guard import Guard
from server.transport.http.openapi_document import OpenApiDocument
from server.transport.http.readable_calls import ReadableCalls
from tests.readable.contract import responses

from .document_checks import CHECKS, as_drawn, operations
from .http_rig import HttpRig


def none(_: object) -> Any:
    raise AssertionError("only described")


def described() -> tuple[ReadableCalls, dict[str, Any]]:
    """The paths of every call of the contract, and their document."""
    services: dict[str, Service] = {}
    for name, _ in responses():
        service, call = name.split("/")
        held = services.setdefault(service, Service(service, {}, {}))
        if call.startswith("Stream"):
            held.streaming[call] = Streaming(none, none)  # type: ignore[index]
        else:
            held.unary[call] = Unary(none, none)  # type: ignore[index]
    document = OpenApiDocument()
    return ReadableCalls(list(services.values()), Guard(), document), json.loads(json.dumps(document.made()))


CALLS, DOCUMENT = described()
OPERATIONS = {name: made for name, made in operations(DOCUMENT).items() if "/stream/" not in name}


def test_the_document_is_valid() -> None:
    jsonschema_rs.validator_for(OPENAPI_31).validate(DOCUMENT)


def test_every_path_is_there() -> None:
    written = set(DOCUMENT["paths"]) | {"/candles.csv"}
    assert written == {*CALLS.paths, "/book/{market}", "/candles.csv"}


def test_every_operation_is_described_and_named_once() -> None:
    operations = [each for path in DOCUMENT["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    assert all(each["description"] for each in operations)


def test_the_server_has_it(web: HttpRig) -> None:
    answer = web.get("/openapi.json")
    assert answer.status == 200
    assert answer.json() == DOCUMENT


@pytest.mark.parametrize("name", OPERATIONS)
@as_drawn(6)
@given(data=some.data())
def test_the_server_does_as_the_document_says(web: HttpRig, name: str, data: some.DataObject) -> None:
    case = data.draw(OPERATIONS[name].as_strategy())
    case.call_and_validate(base_url=f"http://127.0.0.1:{web.server.port}", checks=CHECKS, timeout=60)


def test_a_server_that_does_otherwise_is_seen(web: HttpRig) -> None:
    wrong = json.loads(json.dumps(DOCUMENT))
    answer = wrong["paths"]["/v1/markets"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer["required"].append("nothing")
    operation = schemathesis.openapi.from_dict(wrong)["/v1/markets"]["GET"]
    case = operation.Case(query={})
    with pytest.raises(FailureGroup, match="failure"):
        case.call_and_validate(base_url=f"http://127.0.0.1:{web.server.port}", checks=CHECKS, timeout=60)
