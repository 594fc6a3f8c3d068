"""Messages of the contract with arbitrary values in their fields."""

from __future__ import annotations

import random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as some

TEXTS = ("", "BTC/USDT", "two\nlines", "\u00e9\u4e2d\U0001f600", '"quoted"', "x" * 300)
WORDS = ("BTC/USDT", "alpha", "1m", "0.5", "\u00e9", "a b&c=d")
INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
DEPTH = 4


def messages(kind: type[Message], *, flat: bool = False) -> some.SearchStrategy[Message]:
    """Messages of a kind. `flat`: without messages inside, and with texts that parameters of addresses can hold."""
    return some.integers(0, 2**32).map(lambda seed: filled(kind(), random.Random(seed), DEPTH, flat))


def filled(message: Message, chance: random.Random, depth: int, flat: bool) -> Message:
    for field in message.DESCRIPTOR.fields:
        if chance.random() < 0.4:
            continue
        if type(getattr(message, field.name)).__name__.startswith("Repeated"):
            for _ in range(chance.randrange(3)):
                add(message, field, chance, depth, flat)
        elif field.message_type is not None:
            if depth and not flat:
                inner = getattr(message, field.name)
                inner.SetInParent()
                filled(inner, chance, depth - 1, flat)
        else:
            setattr(message, field.name, value(field, chance, flat))
    return message


def add(message: Message, field: Any, chance: random.Random, depth: int, flat: bool) -> None:
    repeated = getattr(message, field.name)
    if field.message_type is None:
        repeated.append(value(field, chance, flat))
    elif depth and not flat and not field.message_type.GetOptions().map_entry:
        filled(repeated.add(), chance, depth - 1, flat)


def value(field: Any, chance: random.Random, flat: bool) -> Any:
    if field.cpp_type in INTEGERS:
        low, high = INTEGERS[field.cpp_type]
        return chance.choice([low, high, chance.randint(low, high), chance.randint(max(low, -1000), 1000)])
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return chance.random() < 0.5
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return chance.choice([each.number for each in field.enum_type.values])
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING and field.type == FieldDescriptor.TYPE_STRING:
        return chance.choice(WORDS if flat else TEXTS)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return chance.randbytes(chance.randrange(20))
    return chance.choice([0.0, 1.5, -1e300])
