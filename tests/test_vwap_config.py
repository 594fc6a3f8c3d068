"""Configurations of VWAP topics in JSON: what onebook makes of them, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.config import Config
from server.errors import ConfigError
from server.kafka.settings import KafkaSettings, VwapTopics
from server.options import read
from server.venues import VENUES
from server.vwap_config import read_vwap_config

URL = "wss://ws-feed.exchange.coinbase.com"
WHOLE = {
    "ws_url": URL,
    "max_size": 50,
    "products": ["BTC-USD", "ETH-USD", "ETH-BTC"],
    "brokers": {"broker_1:9092": ["BTC-USD"], "broker_2:9093": ["ETH-USD"]},
    "log_level": "WARN",
    "kafka_time": 10,
}


def config(folder: Path, **changes: Any) -> Config:
    path = folder / "config.json"
    path.write_text(json.dumps(WHOLE | changes))
    return read(["--config", str(path)], "server.py")


def test_a_whole_configuration(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = config(tmp_path)
    assert [str(pair) for pair in made.pairs] == ["BTC/USD", "ETH/USD", "ETH/BTC"]
    assert made.log_level == "warning"
    (venue,) = made.venues
    assert any(endpoint.ws == URL for endpoint in VENUES[venue].ENDPOINTS.values())
    topics = {"BTC/USD": "BTC-USD", "ETH/USD": "ETH-USD"}
    assert made.kafka == KafkaSettings(
        "broker_1:9092,broker_2:9093", topics=(), vwap=VwapTopics(topics, trades=50, venue=venue)
    )
    assert "2 addresses are one list of one cluster" in caplog.text
    assert "kafka_time is not needed" in caplog.text


def test_without_brokers_there_is_no_kafka(tmp_path: Path) -> None:
    assert config(tmp_path, brokers={}).kafka is None


@pytest.mark.parametrize("size", [0, -5])
def test_a_window_of_no_trades_stays_empty(tmp_path: Path, size: int) -> None:
    kafka = config(tmp_path, max_size=size).kafka
    assert kafka is not None
    assert kafka.vwap is not None
    assert kafka.vwap.trades == 0


def test_flags_count_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(WHOLE))
    kafka = read(["--config", str(path), "--kafka", "elsewhere:1"], "server.py").kafka
    assert kafka is not None
    assert kafka.bootstrap == "elsewhere:1"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ws_url": ""}, "ws_url was no address"),
        ({"ws_url": "wss://user:hunter2@nowhere.example"}, "no venue of onebook has the address 'nowhere.example'"),
        ({"ws_url": 5}, "ws_url was no address"),
        ({"products": []}, "products was no list of products"),
        ({"products": "BTC-USD"}, "products was no list of products"),
        ({"products": ["BTCUSD"]}, "'BTCUSD' is no product such as BTC-USD"),
        ({"products": ["A-B-C"]}, "'A-B-C' is no product"),
        ({"brokers": ["a:1"]}, "brokers was no object"),
        ({"brokers": {"a:1": ["DOGE-USD"]}}, "brokers.a:1: 'DOGE-USD' is not in products"),
        ({"brokers": {"nowhere": ["BTC-USD"]}}, "must be addresses of brokers"),
        ({"max_size": "200"}, "max_size was '200', must be a number of trades"),
        ({"max_size": True}, "max_size was True"),
        ({"log_level": "LOUD"}, "log_level was 'loud'"),
        ({"log_level": 3}, "log_level was 3"),
        ({"broker": {}}, "unknown setting 'broker'; did you mean brokers?"),
    ],
)
def test_what_cannot_work_is_one_error(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, **changes)
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "x.json:1:2: Expecting property name"),
        ("[1]", "was no JSON object"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_configuration_is_said_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_vwap_config("x.json", text)
    assert words in str(caught.value)
