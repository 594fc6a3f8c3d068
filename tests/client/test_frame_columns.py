"""The columns of every message of the client."""

from __future__ import annotations

import pytest

import client
from client.frame_columns import Number, columns_of


def names(kind: type) -> list[str]:
    return [column.name for column in columns_of(kind)]


def test_a_field_is_a_column_and_the_first_is_the_time() -> None:
    assert names(client.Trade) == [
        "time", "market", "venue", "trade_id", "price", "size", "side", "receive_time", "dropped"
    ]  # fmt: skip
    assert columns_of(client.Trade)[0].path == ("exchange_time_nanos",)
    assert columns_of(client.Candle)[0].path == ("open_time_nanos",)
    assert columns_of(client.PriceAverage)[0].path == ("end_time_nanos",)
    assert names(client.Level) == ["price", "size", "venue"]


def test_objects_inside_have_their_name_before_and_lists_are_left_out() -> None:
    found = names(client.Book)
    assert {"best_bid_price", "best_ask_venue", "spread"} <= set(found)
    assert not {"bids", "venues", "live_venues", "header_epoch"} & set(found)
    assert columns_of(client.Book)[0].path == ("header", "publish_time_nanos")
    assert "reconciliation_alarm" in names(client.Candle)


def test_kinds() -> None:
    kinds = {column.name: column.kind for column in columns_of(client.Candle)}
    assert (kinds["open"], kinds["trades"], kinds["reconciliation_alarm"]) == (Number, int, bool)
    assert (kinds["market"], kinds["state"]) == (str, client.CandleState)
    times = [column.name for column in columns_of(client.VenueQuality) if column.is_time]
    assert times == ["time", "receive_time"], "ages and offsets are no times"


@pytest.mark.parametrize("name", client.client_calls.__all__)
def test_every_message_has_columns_of_different_names(name: str) -> None:
    kind = getattr(client, name)
    if not hasattr(kind, "__dataclass_fields__"):
        return
    found = names(kind)
    assert found
    assert len(found) == len(set(found))


@pytest.mark.parametrize("kind", [int, dict, client.Side])
def test_what_is_no_message_is_refused(kind: type) -> None:
    with pytest.raises(TypeError, match="takes messages of the client, not"):
        columns_of(kind)
