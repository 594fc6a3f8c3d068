"""The request of a call as parameters of an address: the contract's fields, and forms that people type.

start=2026-01-31T12:00Z  is  range.start_time_nanos;  min_interval=500ms  is  min_interval_ms;  side=buy  is an enum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from .. import clock
from ..request_errors import QUOTED, invalid, shown
from ..suggestions import did_you_mean
from .shapes import is_repeated
from .times import millis, nanos

_BOOLS = {"true": True, "1": True, "false": False, "0": False}
_OTHER_NAMES = {"min_interval_ms": "min_interval", "milliseconds": "window", "vwap_levels": "levels"}
_TIME = re.compile(r"(?:(\w+)_time|time)_nanos")
MOST_TEXT = 4000
"""Characters of one value."""
MOST_NAMES = 1000
"""Names in one list: the calls themselves take fewer."""


class Form(Enum):
    """What people type."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    CHOICE = "choice"
    LIST = "list"
    TIME = "time"
    LENGTH = "length"


class Parameter(NamedTuple):
    """One field of a request."""

    name: str
    contract: str
    """Its path in the contract, which is taken as a name, too."""
    path: tuple[str, ...]
    """The fields that lead to it."""
    form: Form
    choices: Mapping[str, int]
    """Of an enum."""
    most: int
    """Of a number."""
    field: FieldDescriptor


class RequestForm:
    """The parameters of one call."""

    def __init__(self, request: type[Message]) -> None:
        self._request = request
        self.parameters: list[Parameter] = list(_parameters(request.DESCRIPTOR, ()))
        self._by_name = {parameter.contract: parameter for parameter in self.parameters}
        self._by_name |= {parameter.name: parameter for parameter in self.parameters}

    def names(self) -> list[str]:
        """The names that people are told."""
        return [parameter.name for parameter in self.parameters]

    def payload(self, texts: Mapping[str, str], also: tuple[str, ...] = ()) -> bytes:
        """The protobuf bytes of the request of these parameters. `also` are names that the call takes for something
        else, for errors. Raises RequestError."""
        request = self._request()
        given: dict[str, str] = {}
        for name, text in texts.items():
            parameter = self._by_name.get(name)
            if parameter is None:
                known = [*self.names(), *also]
                hint = f", which has {', '.join(known)}{did_you_mean(name, known)}"
                raise invalid(name[:QUOTED], f"is no parameter of this call{hint}")
            if parameter.contract in given:
                raise invalid(name, f"means the same as {given[parameter.contract]}: give only one of them")
            given[parameter.contract] = name
            if len(text) > MOST_TEXT:
                raise invalid(name, f"has at most {MOST_TEXT} characters")
            _set(request, parameter, name, text)
        return bytes(request.SerializeToString())


def _set(request: Any, parameter: Parameter, name: str, text: str) -> None:
    *parents, last = parameter.path
    for parent in parents:
        request = getattr(request, parent)
    field: Any = parameter.field
    if field.containing_oneof is not None and field.has_presence:
        held = request.WhichOneof(field.containing_oneof.name)
        if held not in (None, last):
            raise invalid(name, f"excludes {_OTHER_NAMES.get(held, held)}: give only one of them")
    if parameter.form is Form.LIST:
        parts = [part for part in text.split(",") if part]
        if len(parts) > MOST_NAMES:
            raise invalid(name, f"has at most {MOST_NAMES} names")
        getattr(request, last).extend(parts)
    else:
        setattr(request, last, _value(parameter, name, text))


def _value(parameter: Parameter, name: str, text: str) -> Any:
    """The value of the field. Raises RequestError."""
    form = parameter.form
    if form is Form.TEXT:
        return text
    if form is Form.BOOL:
        if text.lower() not in _BOOLS:
            raise invalid(name, f"must be true or false, was {shown(text)}")
        return _BOOLS[text.lower()]
    if form is Form.CHOICE:
        if text.lower() not in parameter.choices:
            raise invalid(name, f"must be one of {', '.join(parameter.choices)}, was {shown(text)}")
        return parameter.choices[text.lower()]
    if form is Form.TIME:
        text = nanos(name, text, clock.time_ns())
    elif form is Form.LENGTH and name == parameter.name:
        text = millis(name, text)
    if not re.fullmatch(r"[0-9]{1,20}", text) or int(text) > parameter.most:
        raise invalid(name, f"must be a whole number from 0 to {parameter.most}, was {shown(text)}")
    return int(text)


def _parameters(descriptor: Any, parents: tuple[str, ...]) -> Iterator[Parameter]:
    for field in descriptor.fields:
        path = (*parents, field.name)
        if field.message_type is not None:
            yield from _parameters(field.message_type, path)
            continue
        form = _form(field)
        start = f"{field.enum_type.name}_" if field.enum_type else ""
        start = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", start).upper()
        values = field.enum_type.values if field.enum_type else ()
        choices = {value.name.removeprefix(start).lower(): value.number for value in values if value.number}
        most = 2**64 - 1 if field.cpp_type == FieldDescriptor.CPPTYPE_UINT64 else 2**32 - 1
        yield Parameter(_name(field.name), ".".join(path), path, form, choices, most, field)


def _name(field: str) -> str:
    time = _TIME.fullmatch(field)
    return (time[1] or "time") if time else _OTHER_NAMES.get(field, field)


def _form(field: FieldDescriptor) -> Form:
    if is_repeated(field):
        return Form.LIST
    if field.enum_type is not None:
        return Form.CHOICE
    if field.name in ("min_interval_ms", "milliseconds"):
        return Form.LENGTH
    if _TIME.fullmatch(field.name):
        return Form.TIME
    return {
        FieldDescriptor.CPPTYPE_STRING: Form.TEXT,
        FieldDescriptor.CPPTYPE_BOOL: Form.BOOL,
    }.get(field.cpp_type, Form.NUMBER)
