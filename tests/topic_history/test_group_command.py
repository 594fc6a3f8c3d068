"""`onebook record --kafka` as operators start it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from server import record
from server.errors import ConfigError
from server.history.day_reader import Source
from server.history.errors import HistoryError, Trouble
from server.history.store import HistoryStore
from server.topic_history.group_command import FAILED, STOPPED, ended, settings_of, writers_of
from tests.captures import ROOT
from tests.kafka.mock_cluster import MockCluster, mock_cluster
from tests.waiting import eventually

from .records import KEY, MARKET, NOW, trade

BROKERS = "localhost:1"


def given(*flags: str, **more: Any) -> Mapping[str, Any]:
    return settings_of({"kafka": BROKERS, "history": "h", **dict(pair.split("=") for pair in flags), **more})


def test_flags_override_the_file_which_may_be_a_servers(tmp_path: Path) -> None:
    file = tmp_path / "onebook.toml"
    file.write_text('kafka = "a:1"\npairs = ["BTC/USDT"]\nhistory = "there"\nkafka_prefix = "x."\nrecord_group = "g"\n')
    made = settings_of({"config": str(file), "kafka": "b:2", "kafka_topics": ["trade"]})
    assert made == {
        "kafka": "b:2", "history": Path("there"), "kafka_prefix": "x.", "kafka_topics": ("trade",), "record_group": "g",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"kafka": "nowhere"}, "--kafka: kafka was 'nowhere'"),
        ({"kafka_topics": ["trad"]}, "--topics: kafka_topics: there is no 'trad'; did you mean trade?"),
        ({"kafka_prefix": "a b"}, "--prefix: kafka_prefix was 'a b'"),
        ({"history_gb": -1}, "--history-gb: history_gb was -1"),
        ({"history": ""}, "--history: history was not text"),
        ({"config": "/no/such/file"}, "config /no/such/file: No such file"),
    ],
)
def test_bad_input_is_one_line_with_its_flag(flags: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words.replace("?", r"\?")):
        given(**flags)


@pytest.mark.parametrize("name", ["kafka", "history"])
def test_what_is_missing_is_said(name: str) -> None:
    flags = {"kafka": BROKERS, "history": "h"}
    del flags[name]
    with pytest.raises(ConfigError, match=f"{name} is missing: give --{name}"):
        settings_of(flags)


def test_a_file_says_where_its_error_is(tmp_path: Path) -> None:
    file = tmp_path / "onebook.toml"
    file.write_text('history = "there"\nkafka = 7\n')
    with pytest.raises(ConfigError, match=rf"{file}:2:9: kafka was not text"):
        settings_of({"config": str(file)})


def test_a_folder_that_is_taken_and_an_address_that_is_none(tmp_path: Path) -> None:
    [writer] = writers_of({"history": tmp_path})
    with pytest.raises(ConfigError, match="history: "):
        writers_of({"history": tmp_path})
    writer.close()
    with pytest.raises(ConfigError, match="sql: "):
        writers_of({"history": tmp_path, "sql": "nonsense"})
    writers_of({"history": tmp_path})[0].close()


def test_rows_that_are_lost_at_the_end_are_said(caplog: pytest.LogCaptureFixture) -> None:
    class Full:
        def close(self) -> None:
            raise HistoryError("no space", Trouble.FULL)

    writer: Any = Full()
    assert ended([writer]) == FAILED
    assert "their records come again" in caplog.text


def test_the_command_writes_until_it_is_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole process: rows of the topic, an orderly end, and the next one goes on."""
    with mock_cluster() as cluster:
        cluster.command("join_delay 100")
        cluster.create("md.trade.v1", 2)
        producer = Producer({"bootstrap.servers": cluster.bootstrap})
        store = HistoryStore(tmp_path)
        for count in (5, 10):
            for number in range(count - 5, count):
                producer.produce("md.trade.v1", trade(number), KEY, 1)
            producer.flush(10)
            process = start(cluster, tmp_path)
            try:
                eventually(lambda count=count: len(trades(store)) == count, "the rows")  # type: ignore[misc]
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == STOPPED
            finally:
                process.kill()
                _, said = process.communicate()
            assert "as a member of the group onebook-history" in said
        assert trades(store) == list(range(10))
    assert record.main(["--kafka=x", "--history", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def start(cluster: MockCluster, folder: Path) -> subprocess.Popen[str]:
    config = folder / "recorder.toml"
    config.write_text('kafka_topics = ["trade"]\n[kafka_properties]\n"session.timeout.ms" = "6000"\n')
    words = ("record", "--kafka", cluster.bootstrap, "--history", str(folder), "--config", str(config))
    return subprocess.Popen(
        [sys.executable, "-m", "cli", *words], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )  # fmt: skip


def trades(store: HistoryStore) -> list[int]:
    source = Source("binance", *MARKET.split("/"))
    return [int(row.trade_id) for row in store.trades(source, 0, NOW + 10**12, limit=1000).rows]
