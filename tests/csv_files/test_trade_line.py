"""A trade as a row: the columns, exact numbers, and the day to which it belongs."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal

from server.csv_files.trade_line import COLUMNS, HEADER, identities, trade_line
from server.model import Side

from .samples import BTC, MIDNIGHT, START, VENUE, line, trade


def test_the_columns_of_older_files_come_first() -> None:
    assert HEADER == "Trade_ID,Time,Amount,Price,Side,Venue,Pair,Symbol,Received\n"


def test_a_row_is_exact() -> None:
    made = replace(trade(7), price=Decimal("0.000000012300"), size=Decimal("1E+3"), side=Side.SELL)
    (values,) = csv.DictReader([HEADER, trade_line(BTC, VENUE, made, START + 1).text])
    assert values == {
        "Trade_ID": "7", "Time": "2024-10-04T01:00:00.007000000Z", "Amount": "1000", "Price": "0.000000012300",
        "Side": "sell", "Venue": VENUE, "Pair": "BTC/USDT", "Symbol": "BTCUSDT",
        "Received": "2024-10-04T01:00:00.000000001Z",
    }  # fmt: skip


def test_ids_and_symbols_are_quoted_and_stay_on_one_line() -> None:
    made = replace(trade(1), trade_id='a,"b"\nc', symbol="X,Y")
    text = trade_line(BTC, VENUE, made, START).text
    assert text.count("\n") == 1
    (values,) = csv.DictReader([HEADER, text])
    assert (values["Trade_ID"], values["Symbol"]) == ('a,"b"\\nc', "X,Y")


def test_the_day_is_that_of_the_trades_own_time() -> None:
    before = replace(trade(1), exchange_time=MIDNIGHT - 1)
    assert trade_line(BTC, VENUE, before, MIDNIGHT + 1).day + 1 == line(1, MIDNIGHT).day


def test_a_trade_without_a_time_has_the_time_of_its_receipt() -> None:
    made = trade_line(BTC, VENUE, replace(trade(1), exchange_time=0), START)
    assert made.identity == ("1", "2024-10-04T01:00:00.000000000Z")


def test_identities_are_read_back_from_rows_alone() -> None:
    lines = [line(number) for number in range(3)]
    text = ["1,2", *(each.text for each in lines), ",".join("x" * (len(COLUMNS) + 1))]
    assert list(identities(text)) == [each.identity for each in lines]
