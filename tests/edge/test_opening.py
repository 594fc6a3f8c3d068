"""An edge without the package of Kafka, or with settings that it does not take, is one clear error."""

from __future__ import annotations

import pytest

from server.edge.opening import edge_reader
from server.errors import ConfigError
from server.kafka import packages
from server.kafka.settings import KafkaSettings


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "NEEDED", "no_such_package")
    with pytest.raises(ConfigError, match="no_such_package"):
        edge_reader(KafkaSettings("127.0.0.1:1"), (), (), 15)


def test_a_setting_that_is_not_taken_is_named() -> None:
    with pytest.raises(ConfigError, match="kafka: "):
        edge_reader(KafkaSettings("127.0.0.1:1", properties={"no.such.setting": "1"}), (), (), 15)


def test_an_edge_is_made() -> None:
    edge = edge_reader(KafkaSettings("127.0.0.1:1"), (), (), 15)
    edge.stop(0.0)
    assert edge.reader.missing == ["md.book.v1", "md.trade.v1", "md.ref.v1"]
