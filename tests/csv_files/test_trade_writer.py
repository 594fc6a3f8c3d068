"""Every trade of every market is a row; time of a played clock rotates the files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from server.clock import PlayedClock
from server.csv_files.trade_files import TradeFiles
from server.csv_files.trade_writer import TradeWriter
from server.market.market import Market
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.publish.listener_thread import ListenerThread
from server.units import SECOND
from tests.waiting import eventually

from .samples import BTC, DAY, MIDNIGHT, TODAY, TOMORROW, VENUE, file_of, ids, trade


def test_the_clock_goes_past_midnight(tmp_path: Path, played: PlayedClock) -> None:
    files = TradeFiles(tmp_path)
    writer, market = TradeWriter(files), Market(BTC, (VENUE,), lambda _market: None)
    for number in range(20):
        at = MIDNIGHT + DAY + (number - 10) * SECOND
        played.set(at, number)
        writer.trade(market, VENUE, trade(number, at), at)
        writer.tick()
        assert ids(file_of(tmp_path, TODAY if number < 10 else TOMORROW))[-1] == number
    assert ids(file_of(tmp_path, TODAY)) == list(range(10))
    assert ids(file_of(tmp_path, TOMORROW)) == list(range(10, 20))
    files.close()


def test_a_day_that_cannot_be_is_refused(tmp_path: Path, played: PlayedClock, caplog: pytest.LogCaptureFixture) -> None:
    played.set(MIDNIGHT, 0)
    files = TradeFiles(tmp_path)
    writer, market = TradeWriter(files), Market(BTC, (VENUE,), lambda _market: None)
    for number in range(3):
        writer.trade(market, VENUE, replace(trade(number), exchange_time=MIDNIGHT + 2 * DAY), MIDNIGHT)
    writer.trade(market, VENUE, replace(trade(3), exchange_time=MIDNIGHT + DAY), MIDNIGHT)
    files.close()
    assert writer.refused == 3
    assert len(caplog.messages) == 1
    assert ids(file_of(tmp_path, TOMORROW)) == [3]


def test_behind_a_dispatcher_every_trade_is_there_once_and_in_order(tmp_path: Path) -> None:
    files, dispatcher = TradeFiles(tmp_path), Dispatcher(Epoch.now())
    apart = ListenerThread("trades to CSV", TradeWriter(files))
    dispatcher.listen(apart)
    market = Market(BTC, (VENUE,), dispatcher.book_changed)
    apart.start()
    dispatcher.start()
    dispatcher.add_market(market)
    for number in range(5000):
        dispatcher.trade(market, VENUE, trade(number), trade(number).exchange_time)
    eventually(lambda: files.written == 5000, "all rows")
    dispatcher.stop(5)
    apart.stop(5)
    files.close()
    assert ids(file_of(tmp_path)) == list(range(5000))
