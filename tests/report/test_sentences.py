"""The sentence of a venue."""

from __future__ import annotations

import dataclasses

from server.report.gap_report import Audits, BookReport, GapReport, Withdrawal
from server.report.sentences import venue_sentence

SECOND = 1_000_000_000
HOUR = 3600 * SECOND


def book(report: GapReport, pair: str = "A/B", **changes: object) -> BookReport:
    quiet = dataclasses.replace(report.venues[0].books[0].trades, count=5, missing=0, gap_count=0, gaps=())
    values: dict[str, object] = {
        "pair": pair, "observed_ns": 6 * HOUR, "live_ns": 6 * HOUR, "gaps": 0, "resyncs": 0, "withdrawal_count": 0,
        "longest_withdrawal_ns": 0, "withdrawals": (), "trades": quiet, "audits": Audits(0, 0, None, None, 0, 0),
    }  # fmt: skip
    return dataclasses.replace(report.venues[0].books[0], **{**values, **changes})  # type: ignore[arg-type]


def test_a_venue_without_trouble(report: GapReport) -> None:
    assert venue_sentence("x", [book(report)], []) == (
        "x: book live 100 % of 6 h, no sequence gaps, no resyncs, no withdrawals, no disconnects, no trades known "
        "to be missing."
    )


def test_the_longest_withdrawal_is_named(report: GapReport) -> None:
    left = Withdrawal(10 * SECOND, 13 * SECOND + SECOND // 10, "gap", "why", True)
    changes = {"withdrawal_count": 2, "longest_withdrawal_ns": left.end_ns - left.begin_ns, "withdrawals": (left,)}
    flawed = book(report, "C/D", live_ns=6 * HOUR - 10 * SECOND, gaps=2, resyncs=1, **changes)
    said = venue_sentence("x", [book(report), flawed], [SECOND, 2 * SECOND])
    assert said == (
        "x: 2 books live 99.97 % of 6 h, 2 sequence gaps, 1 resync, 2 withdrawals (longest 3.1 s, C/D at 00:00:10.000)"
        ", 2 disconnects (3.0 s in all, longest 2.0 s), no trades known to be missing."
    )
    longer = dataclasses.replace(flawed, observed_ns=30 * HOUR)
    assert "(longest 3.1 s, C/D at 1970-01-01 00:00:10.000)" in venue_sentence("x", [longer], [])


def test_trades_and_audits(report: GapReport) -> None:
    trades = dataclasses.replace(book(report).trades, missing=7, gap_count=2)
    flawed = book(report, trades=trades, audits=Audits(3, 2, 999_000, 1_000_000, 1, 0))
    said = venue_sentence("x", [flawed], [SECOND])
    assert "1 disconnect (1.0 s), 7 trades known to be missing in 2 gaps, 3 audits, 1 with differences." in said
    silent = book(report, trades=dataclasses.replace(trades, count=0, missing=0, gap_count=0))
    assert "no trades, " not in venue_sentence("x", [silent], [])
    assert venue_sentence("x", [silent], []).endswith("no trades.")


def test_a_venue_without_books() -> None:
    assert venue_sentence("x", [], []) == "x: no connection of this recording carried a book."
