"""The tables of the page show the numbers of the JSON."""

from __future__ import annotations

import dataclasses
import json

from server.report import html_tables as tables
from server.report.gap_report import GapReport, TradeGapReport
from server.report.report_words import duration, moment, percent, size

from .made import HOSTILE
from .reading import Page


def test_books_have_the_numbers_of_the_json(report: GapReport) -> None:
    (book,) = json.loads(report.to_json())["venues"][0]["books"]
    (row,) = Page(tables.books_table(report)).rows_with("Live")
    assert row == {
        "Venue": report.venues[0].venue, "Pair": book["pair"], "Live": percent(book["coverage_ppm"]),
        "Withdrawals": str(book["withdrawal_count"]), "Longest": duration(book["longest_withdrawal_ns"]),
        "Gaps": str(book["gaps"]), "Resyncs": str(book["resyncs"]), "Frames": f"{book['frames']:,}",
        "Bytes": size(book["bytes"]), "Checksums matched": "0", "Checksums failed": "0",
        "Latency p50": duration(book["latency"]["p50_ns"]), "Latency p99": duration(book["latency"]["p99_ns"]),
    }  # fmt: skip


def test_trades_and_audits_have_the_numbers_of_the_json(report: GapReport) -> None:
    (book,) = json.loads(report.to_json())["venues"][0]["books"]
    (row,) = Page(tables.checks_table(report)).rows_with("Audits")
    assert row["Trades"] == f"{book['trades']['count']:,}"
    assert row["Missing"] == f"{book['trades']['missing']:,}"
    assert row["Gaps"] == str(book["trades"]["gap_count"])
    assert row["Interruptions"] == str(book["trades"]["interruptions"])
    assert (row["Audits"], row["Bids match"], row["Extra levels"]) == ("0", tables.NONE, "0")


def test_venues_have_the_numbers_of_the_json(report: GapReport) -> None:
    (venue,) = json.loads(report.to_json())["venues"]
    (row,) = Page(tables.connections_table(report)).rows_with("Answers by REST")
    assert row["Messages"] == f"{venue['messages']:,}"
    assert row["Disconnects"] == str(venue["disconnect_count"]) == "1"
    assert row["Longest"] == row["Disconnected"] == duration(venue["disconnected_ns"])
    rows = Page(tables.latency_table(report)).rows_with("p99.9")
    assert [row["p99.9"] for row in rows] == [duration(venue[name]["p999_ns"]) for name in ("latency", "trade_latency")]


def test_events_are_listed_with_their_reasons(report: GapReport) -> None:
    (ended,) = Page(tables.disconnects_table(report)).rows_with("Reason")
    assert ended["From (UTC)"] == moment(report.venues[0].disconnects[0].begin_ns)
    assert ended["Reason"].startswith("</td><script src=")
    withdrawn = Page(tables.withdrawals_table(report)).rows_with("State")
    assert len(withdrawn) == report.venues[0].books[0].withdrawal_count
    (lost,) = Page(tables.losses_table(report)).rows_with("Reason")
    assert (lost["Messages"], lost["Bytes"]) == ("1,234", "5.68 kB")
    assert Page(tables.runs_table(report)).rows_with("End")[0]["End"] == "not said"


def test_long_lists_are_cut_and_say_so(report: GapReport) -> None:
    (venue,) = report.venues
    (book,) = venue.books
    gaps = tuple(TradeGapReport(at, HOSTILE, "2", at % 2) for at in range(40))
    trades = dataclasses.replace(book.trades, gaps=gaps, gap_count=90)
    venue = dataclasses.replace(venue, books=(dataclasses.replace(book, trades=trades),))
    page = Page(tables.trade_gaps_table(dataclasses.replace(report, venues=(venue,))))
    rows = page.rows_with("Between")
    assert len(rows) == tables.SHOWN
    assert [row["Missing"] for row in rows[:2]] == ["not known", "1"]
    assert "The 30 first of 90." in page.text


def test_nothing_is_no_table(report: GapReport) -> None:
    empty = dataclasses.replace(report, venues=(), losses=(), runs=())
    for make in (tables.withdrawals_table, tables.disconnects_table, tables.trade_gaps_table, tables.alarms_table,
                 tables.losses_table, tables.runs_table, tables.latency_table, tables.damage_list):  # fmt: skip
        assert make(empty) == ""


def test_damage_is_text(report: GapReport) -> None:
    facts = dataclasses.replace(report.recording, damage=(HOSTILE,) * 40)
    made = tables.damage_list(dataclasses.replace(report, recording=facts))
    assert "<script" not in made
    assert "The 30 first of 40." in made
