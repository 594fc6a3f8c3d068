"""The field reference of docs/client.md, against the classes that it describes."""

from __future__ import annotations

import dataclasses
import inspect
import re
from decimal import Decimal
from typing import Any

import pytest

import client
from scripts.field_reference import DOCUMENT, ENUMS, OBJECTS, rows, written

TEXT = DOCUMENT.read_text(encoding="utf-8")


def table(name: str) -> dict[str, tuple[str, str, str]]:
    """Meaning, unit and example by field, as a reader finds them."""
    section = TEXT.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    found = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \| `(.*)` \|$", section, re.MULTILINE)
    return {field: (meaning, unit, example) for field, meaning, unit, example in found}


def test_the_document_is_what_the_classes_say() -> None:
    assert written(TEXT) == TEXT, "run scripts/field_reference.py"


def test_every_public_class_with_fields_is_there() -> None:
    public = {name for name in client.__all__ if dataclasses.is_dataclass(getattr(client, name))}
    assert public - set(OBJECTS) == {"Backoff"}, "an argument, not a message"


@pytest.mark.parametrize("name", OBJECTS)
def test_every_field_has_a_meaning_a_unit_and_an_example(name: str) -> None:
    kind = getattr(client, name)
    fields = {field.name for field in dataclasses.fields(kind)}
    properties = {name for name, _ in inspect.getmembers(kind, lambda member: isinstance(member, property))}
    found = table(name)
    assert set(found) == fields | properties
    for meaning, unit, example in found.values():
        assert len(meaning) > 4
        assert unit
        assert example


@pytest.mark.parametrize("name", OBJECTS)
def test_examples_are_of_the_type_of_their_field(name: str) -> None:
    reads: dict[str, Any] = {"int": int, "float": float, "Number": Decimal, "bool": {"True": True, "False": False}.get}
    for row in rows(getattr(client, name)):
        read = reads.get(row.kind.removesuffix(" | None"))
        if read is not None:
            assert read(row.example) is not None, row


@pytest.mark.parametrize("name", ENUMS)
def test_every_value_of_an_enum_is_named(name: str) -> None:
    section = TEXT.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    for member in getattr(client, name):
        assert f"`{member.name}`" in section
