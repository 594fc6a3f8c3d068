"""`onebook consume` as people and scripts use it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from onebook.v1 import market_data_pb2, types_pb2
from server.kafka import consume
from server.kafka.client import Client
from server.kafka.settings import KafkaSettings
from tests.captures import ROOT
from tests.waiting import eventually

from .mock_cluster import MockCluster


def produce(settings: KafkaSettings, topic: str, *values: bytes, kind: bytes = b"") -> None:
    client = Client(settings)
    for value in values:
        assert client.produce(topic, 0, b"key", value, kind, lambda _error: None)
    eventually(lambda: (client.poll(0.1), not client.busy)[1])


def run(brokers: MockCluster, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = consume.main(["--kafka", brokers.bootstrap, *words])
    out, err = capsys.readouterr()
    return status, out, err


def test_text_is_printed_behind_its_topic(brokers: MockCluster, settings: KafkaSettings, capsys: Any) -> None:
    topic = f"{settings.prefix}md.stat.v1"
    produce(settings, topic, b"1.5", b"1.6")
    assert run(brokers, capsys, "--topic", topic, "--count", "2") == (0, f"{topic} -> 1.5\n{topic} -> 1.6\n", "")


def test_messages_are_lines_of_json_and_rubbish_is_said(
    brokers: MockCluster, settings: KafkaSettings, capsys: Any
) -> None:
    topic = f"{settings.prefix}md.trade.v1"
    trade = market_data_pb2.StreamTradesResponse(trade=types_pb2.Trade(market="BTC/USDT", trade_id="7"))
    kind = b"onebook.v1.StreamTradesResponse"
    produce(settings, topic, trade.SerializeToString(), b"\xff", trade.SerializeToString(), kind=kind)
    status, out, err = run(brokers, capsys, "--topic", topic, "--count", "3")
    assert status == 0
    assert [json.loads(line)["trade_id"] for line in out.splitlines()] == ["7", "7"]
    assert err.startswith(f"onebook consume: {topic} partition 0 offset 1: ")
    assert err.count("\n") == 1


def test_a_group_goes_on_where_it_ended(brokers: MockCluster, settings: KafkaSettings, capsys: Any) -> None:
    topic = f"{settings.prefix}md.stat.v1"
    produce(settings, topic, b"1", b"2", b"3")
    words = ("--topic", topic, "--group", f"{settings.prefix}group", "--property", "session.timeout.ms=6000")
    assert run(brokers, capsys, *words, "--count", "2")[1].split() == [topic, "->", "1", topic, "->", "2"]
    assert run(brokers, capsys, *words, "--count", "1")[1] == f"{topic} -> 3\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--kafka", "nowhere"], "--kafka was 'nowhere', must be addresses of brokers"),
        (["--property", "linger"], "--property linger was not NAME=VALUE"),
        (["--property", "debug=all"], "--property.debug is set by onebook itself"),
        (["--property", "no.such=1"], "No such configuration property"),
        (["--count", "0"], "--count was 0, must be a whole number from 1"),
    ],
)
def test_bad_input_is_one_line(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert consume.main(words) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_a_topic_that_is_not_there_and_brokers_that_are_not(
    brokers: MockCluster, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "ASK", 1.0)
    status, _, err = run(brokers, capsys, "--topic", "a b")
    assert (status, err.count("\n")) == (1, 1)
    assert consume.main(["--kafka", "localhost:1"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("onebook consume: localhost:1: ")
    assert err.count("\n") == 1


def test_ctrl_c_ends_it_in_order(brokers: MockCluster, settings: KafkaSettings) -> None:
    topic = f"{settings.prefix}md.stat.v1"
    produce(settings, topic, b"1")
    command = [sys.executable, "-m", "cli", "consume", "--kafka", brokers.bootstrap, "--topic", topic]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == f"{topic} -> 1\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
