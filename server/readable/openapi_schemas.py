"""Schemas of OpenAPI 3.1 for readable JSON: of messages by their shapes, and of parameters by their forms."""

from __future__ import annotations

from typing import Any

from orderbook_ext.json_plan import Kind

from .answers import AnswerShape
from .contract_words import WORDS
from .request_form import Form, Parameter, RequestForm
from .shapes import Field, Shape

Schema = dict[str, Any]
DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"
WHOLE = "^[0-9]+$"
_KINDS: dict[Kind, Schema] = {
    Kind.TEXT: {"type": "string"},
    Kind.VENUE: {"type": "string"},
    Kind.DECIMAL: {"type": "string", "pattern": DECIMAL},
    Kind.MANTISSA: {"type": "string", "pattern": DECIMAL},
    Kind.WHOLE_TEXT: {"type": "string", "pattern": WHOLE},
    Kind.NUMBER: {"type": ["integer", "string"]},
    Kind.WHOLE: {"type": "integer"},
    Kind.BOOL: {"type": "boolean"},
}
_FORMS: dict[Form, tuple[Schema, str]] = {
    Form.TEXT: ({"type": "string"}, ""),
    Form.NUMBER: ({"type": "integer", "minimum": 0}, ""),
    Form.BOOL: ({"type": "boolean"}, ""),
    Form.LIST: ({"type": "array", "items": {"type": "string"}}, ""),
    Form.TIME: (
        {"type": "string", "examples": ["2026-01-31T12:00:00Z", "6h", "1796000000000000000"]},
        "A date, a date and a time (UTC without a zone), how long ago, or nanoseconds since 1970 UTC.",
    ),
    Form.LENGTH: ({"type": "string", "examples": ["500ms", "30s", "5m"]}, "A length of time."),
}


class Schemas:
    """The schemas of messages that a document has in its components; each is made once."""

    def __init__(self) -> None:
        self.made: dict[str, Schema] = {}
        """By the name of the message."""

    def answer(self, answer: AnswerShape) -> Schema:
        """The whole answer of a call."""
        lines = [self._line(shape) for shape in answer.shapes]
        if not answer.is_list:
            return lines[0] if len(lines) == 1 else {"oneOf": lines}
        fields: Schema = {answer.names[0]: {"type": "array", "items": lines[0]}}
        if answer.has_pages:
            words = "Address of the next page; null at the end."
            fields["next"] = {"type": ["string", "null"], "description": words}
        return {"type": "object", "properties": fields, "required": list(fields)}

    def _line(self, shape: Shape) -> Schema:
        """A message with its type, which is the first name in it."""
        found = self._object(shape)
        of_type = {"type": "object", "properties": {"type": {"const": shape.type_name}}, "required": ["type"]}
        return {"allOf": [found, of_type]}

    def _object(self, shape: Shape) -> Schema:
        name = shape.descriptor.name
        if name not in self.made:
            made: Schema = {"type": "object"}
            self.made[name] = made
            made |= _described(name)
            made["properties"] = {field.name: self._field(name, field) for field in shape.fields}
        return {"$ref": f"#/components/schemas/{name}"}

    def _field(self, owner: str, field: Field) -> Schema:
        value = self._value(field)
        if field.is_list:
            value = {"type": "array", "items": value}
        elif field.is_optional or field.known_by:
            value = _or_null(value)
        return value | _described(f"{owner}.{field.source}")

    def _value(self, field: Field) -> Schema:
        if field.shape is not None:
            return self._object(field.shape)
        if field.kind is Kind.ENUM:
            return {"type": "string", "enum": list(field.names)}
        return dict(_KINDS[field.kind])


def parameters(form: RequestForm) -> list[Schema]:
    """The parameters of the request in an address."""
    found = []
    for parameter in form.parameters:
        made = {"name": parameter.name, "in": "query", **_described_parameter(parameter), "schema": schema(parameter)}
        if parameter.form is Form.LIST:
            made |= {"style": "form", "explode": False}
        found.append(made)
    return found


def body(form: RequestForm) -> Schema:
    """The same as an object in the body of a POST."""
    fields = {each.name: schema(each) | _described_parameter(each) for each in form.parameters}
    return {"type": "object", "properties": fields, "additionalProperties": False}


def schema(parameter: Parameter) -> Schema:
    """The values of one parameter."""
    if parameter.form is Form.CHOICE:
        return {"type": "string", "enum": list(parameter.choices)}
    return dict(_FORMS[parameter.form][0])


def _described_parameter(parameter: Parameter) -> Schema:
    field = parameter.field
    words = WORDS.get(f"{field.containing_type.name}.{field.name}", "")  # type: ignore[union-attr]
    how = _FORMS[parameter.form][1] if parameter.form in _FORMS else ""
    text = " ".join(each for each in (words, how) if each)
    return {"description": text} if text else {}


def _described(path: str) -> Schema:
    return {"description": WORDS[path]} if path in WORDS else {}


def _or_null(value: Schema) -> Schema:
    kind = value.get("type")
    if kind is None or "enum" in value:
        return {"anyOf": [value, {"type": "null"}]}
    return value | {"type": [*([kind] if isinstance(kind, str) else kind), "null"]}
