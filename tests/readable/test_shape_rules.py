"""The rules name fields that the contract has, and what they say fits the type of the field."""

from __future__ import annotations

from google.protobuf.descriptor import FieldDescriptor

from onebook.v1 import analytics_pb2, history_pb2, types_pb2
from server.readable.shape_rules import ENUM_NAMES, EXPONENTS, RULES

MESSAGES = {
    name: message
    for file in (types_pb2, analytics_pb2, history_pb2)
    for name, message in file.DESCRIPTOR.message_types_by_name.items()
}


def test_every_rule_is_of_a_field() -> None:
    for message, rules in RULES.items():
        fields = MESSAGES[message].fields_by_name
        for name, rule in rules.items():
            assert name in fields, f"{message}.{name}"
            assert set(rule.known_by) <= set(fields)
            if rule.decimal:
                assert fields[name].cpp_type == FieldDescriptor.CPPTYPE_STRING


def test_every_exponent_of_the_contract_is_known() -> None:
    found = {field.name for message in MESSAGES.values() for field in message.fields if "exponent" in field.name}
    assert found == set(EXPONENTS)


def test_the_names_of_enums_are_of_the_contract() -> None:
    known = {
        value
        for file in (types_pb2, analytics_pb2)
        for enum in file.DESCRIPTOR.enum_types_by_name.values()
        for value in enum.values_by_name
    }
    assert set(ENUM_NAMES) <= known
