"""Every answer fits its schema, which has every field and its meaning."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from onebook.v1 import analytics_pb2 as analytics
from onebook.v1 import market_data_pb2 as market_data
from server.readable.answers import AnswerShape
from server.readable.openapi_schemas import Schemas, body, parameters
from server.readable.request_form import RequestForm

from .contract import messages, responses


def strict(response: type[Message]) -> dict[str, Any]:
    """The schema of a response, which takes no field that the schema does not name."""
    schemas = Schemas()
    whole = schemas.answer(AnswerShape(response))
    for made in schemas.made.values():
        made["required"] = list(made["properties"])
    return {"unevaluatedProperties": False, **whole, "components": {"schemas": schemas.made}}


@pytest.mark.parametrize(("call", "response"), list(responses()))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=some.data())
def test_every_answer_fits(call: str, response: type[Message], data: some.DataObject) -> None:
    payload = data.draw(messages(response.DESCRIPTOR), label=call).SerializeToString()
    validator = jsonschema_rs.validator_for(strict(response))
    validator.validate(json.loads(AnswerShape(response).text(payload, lambda token: f"/{token}")))


@pytest.mark.parametrize(("call", "response"), list(responses()))
def test_every_field_has_a_meaning(call: str, response: type[Message]) -> None:
    schemas = Schemas()
    schemas.answer(AnswerShape(response))
    bare = [
        f"{name}.{field}"
        for name, made in schemas.made.items()
        for field, schema in made["properties"].items()
        if not schema.get("description")
    ]
    assert not bare, call


def test_a_wrong_answer_does_not_fit() -> None:
    validator = jsonschema_rs.validator_for(strict(market_data.GetVenueStatusResponse))
    assert not validator.is_valid({"type": "venue_status", "header": {}, "market": "", "venues": []})
    assert not validator.is_valid({"type": "book"})


def test_parameters() -> None:
    made = {each["name"]: each for each in parameters(RequestForm(analytics.GetQuoteRequest))}
    assert made["side"]["schema"] == {"type": "string", "enum": ["buy", "sell"]}
    assert (made["venues"]["explode"], made["venues"]["schema"]["type"]) == (False, "array")
    assert set(body(RequestForm(analytics.GetQuoteRequest))["properties"]) == set(made)
