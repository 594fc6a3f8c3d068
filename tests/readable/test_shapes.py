"""What is compiled of a descriptor."""

from __future__ import annotations

import pytest

from onebook.v1 import types_pb2 as pb
from orderbook_ext.json_plan import Kind
from server.readable.shapes import shape_of, type_name


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("market", Kind.TEXT),
        ("price", Kind.MANTISSA),
        ("side", Kind.ENUM),
        ("exchange_time_nanos", Kind.WHOLE_TEXT),
        ("dropped", Kind.NUMBER),
        ("header", Kind.OBJECT),
    ],
)
def test_how_a_value_becomes_json(field: str, kind: Kind) -> None:
    found = {each.name: each.kind for each in shape_of(pb.Trade.DESCRIPTOR).fields}
    assert found[field] is kind


def test_exponents_are_no_fields() -> None:
    shape = shape_of(pb.Book.DESCRIPTOR)
    assert [name for name, _ in shape.exponents] == ["price_exponent", "size_exponent"]
    assert not [field for field in shape.fields if "exponent" in field.name]
    assert shape.venues == "venues"


def test_names() -> None:
    assert type_name(pb.TradeGap.DESCRIPTOR) == "trade_gap"
    states = next(f for f in shape_of(pb.VenueQuality.DESCRIPTOR).fields if f.name == "state").names
    assert (states[0], states[7]) == ("unspecified", "checksum_failed")


def test_a_shape_is_compiled_once() -> None:
    assert shape_of(pb.Book.DESCRIPTOR) is shape_of(pb.Book.DESCRIPTOR)
