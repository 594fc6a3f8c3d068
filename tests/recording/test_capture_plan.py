"""A capture's venue, instruments and streams."""

from __future__ import annotations

from pathlib import Path

import pytest

from recording import Kind, bodies, read
from server.errors import ConfigError
from server.recording.capture_files import ANSWERED, RECEIVED, Line, read_jsonl
from server.recording.capture_plan import plan_of
from server.recording.import_cli import main
from tests.captures import capture_path


def test_a_plan_names_the_streams_of_each_instrument(tmp_path: Path) -> None:
    path = capture_path("binance_spot/btcusdt_20240808-09.jsonl.gz")
    assert main([str(path), str(tmp_path), "--pair", "BTC/USDT"]) == 0
    records = list(read(tmp_path))
    run = bodies.unpacked(records[0].body)
    assert run["pairs"] == ["BTC/USDT"]
    assert list(run["venues"]) == ["binance"]
    sources = [bodies.unpacked(record.body) for record in records if record.kind == Kind.SOURCE]
    assert [source["connection"] for source in sources] == ["rest", 1]
    (member,) = sources[1]["members"]
    assert member["instrument"]["symbol"] == "BTCUSDT"
    assert member["book"] == "btcusdt@depth@100ms"
    assert member["trade"] == "btcusdt@trade"
    kinds = [record.kind for record in records]
    assert kinds[-2:] == [Kind.CLOSED, Kind.END]
    assert kinds.count(Kind.TICK) > 100


LISTED = [
    ("kraken/v1_multi10_20210417.jsonl.gz", "kraken"),
    ("coinbase_exchange/five_products_20210417.jsonl.gz", "coinbase_exchange"),
    ("kucoin/five_20210425.jsonl.gz", "kucoin"),
]


@pytest.mark.parametrize(("name", "venue"), LISTED)
def test_a_list_of_pairs_in_the_file_names_its_instruments(name: str, venue: str) -> None:
    path = capture_path(name)
    plan = plan_of(read_jsonl(path), venue, [])
    assert plan.name == venue
    if plan.instruments:
        members = plan.sockets.members
        assert {member.instrument.pair for member in members} == {each.pair for each in plan.instruments}
        assert all(member.book is not None for member in members)


def test_a_strange_host_has_no_plan_and_a_wrong_name_is_an_error() -> None:
    lines = [Line(5, RECEIVED, "wss://user:secret@nowhere.example/ws", b"{}"), Line(6, ANSWERED, "https://h/x", b"[]")]
    plan = plan_of(lines, "", [])
    assert (plan.venue, plan.name, plan.first_time) == (None, "nowhere.example", 5)
    assert plan.sockets.members == ()
    assert plan.options.endpoint.ws == "wss://nowhere.example"
    with pytest.raises(ConfigError, match="knows no venue"):
        plan_of([], "nothing", [])


def test_a_symbol_may_be_named() -> None:
    (instrument,) = plan_of([], "kraken", ["btc/usd=XBT/USD"]).instruments
    assert (str(instrument.pair), instrument.symbol) == ("BTC/USD", "XBT/USD")
