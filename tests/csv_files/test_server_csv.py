"""The CSV files of a server: the folder belongs to one server, and everything is written at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.analytics.engine import AnalyticsEngine
from server.analytics.settings import AnalyticsSettings
from server.csv_files import server_csv
from server.csv_files.server_csv import ServerCsv
from server.errors import ConfigError
from server.market.market import Market

from .samples import BTC, VENUE, file_of, ids, trade


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_csv, "LOCK_PATIENCE", 0.0)


def test_all_that_was_heard_is_written_at_the_end(tmp_path: Path) -> None:
    made = ServerCsv(tmp_path / "csv")
    market = Market(BTC, (VENUE,), lambda _market: None)
    made.start()
    for number in range(3000):
        made.listener.trade(market, VENUE, trade(number), 1)
    made.stop()
    assert ids(file_of(tmp_path / "csv")) == list(range(3000))


def test_the_folder_belongs_to_one_server(tmp_path: Path) -> None:
    first = ServerCsv(tmp_path)
    with pytest.raises(ConfigError, match=rf"csv: .* by another process \({os.getpid()}\)"):
        ServerCsv(tmp_path)
    first.start()
    first.stop()
    second = ServerCsv(tmp_path)
    second.start()
    second.stop()


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is not a folder"):
        ServerCsv(tmp_path / "file")
    with pytest.raises(ConfigError, match="cannot be made"):
        ServerCsv(tmp_path / "missing" / "csv")


@pytest.mark.usefixtures("played")
def test_candles_that_cannot_be_written_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = ServerCsv(tmp_path)
    market = Market(BTC, (VENUE,), lambda _market: None)
    analytics = AnalyticsEngine(AnalyticsSettings(), lambda *_: None, lambda _market: None)
    analytics.market_added(market)
    analytics.trade(market, VENUE, trade(1), 1)
    (tmp_path / "candles").touch()
    made.write_candles([market], analytics)
    assert caplog.messages[-1].startswith("candles cannot be written as CSV: ")
    (tmp_path / "candles").unlink()
    made.write_candles([market], analytics)
    assert list((tmp_path / "candles").iterdir())
    made.start()
    made.stop()
