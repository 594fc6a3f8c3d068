"""ReportCollector: sources of a recording, records that cannot be read, and time that never falls."""

from __future__ import annotations

from pathlib import Path

from recording import Kind, Record, bodies
from tests.replay.recordings import STREAM_SOURCE, run_record

from .made import PAIR, VENUE, records, report_of

SECOND = 1_000_000_000


def test_a_clock_that_is_set_back_lengthens_nothing(tmp_path: Path) -> None:
    found = records(800)
    middle = len(found) // 2
    behind = [each._replace(time=each.time - 3600 * SECOND) for each in found[middle:]]
    plain, stepped = report_of(tmp_path / "a", found), report_of(tmp_path / "b", [*found[:middle], *behind])
    first, second = (each.venues[0].books[0] for each in (plain, stepped))
    assert second.frames == first.frames
    assert stepped.runs[0].end_ns - stepped.runs[0].begin_ns <= plain.recorded_ns + SECOND


def test_sources_that_cannot_be_read_are_left_to_the_player(tmp_path: Path) -> None:
    found = records(300)
    at = found[100]
    bad = [b'{"source":"x"}', b'{"source":9,"venue":"binance"}', b'{"source":8,"venue":"nobody"}']
    spoiled = [Record(Kind.SOURCE, 9, body, at.time, at.monotonic) for body in bad]
    unread = [Record(Kind.LOST, 0, b'{"messages":"x"}', at.time, at.monotonic)]
    plain = report_of(tmp_path / "a", found)
    report = report_of(tmp_path / "b", [*found[:101], *spoiled, *unread, *found[101:]])
    assert report.unreadable_records == 3
    assert report.losses == ()
    assert report.venues[0].messages == plain.venues[0].messages
    assert report.venues[0].books == plain.venues[0].books


def test_a_source_that_has_ended_has_no_more_messages(tmp_path: Path) -> None:
    found = records(400)
    at = found[200]
    gone = Record(Kind.CLOSED, STREAM_SOURCE, b"away", at.time, at.monotonic)
    end = Record(Kind.SOURCE, STREAM_SOURCE, bodies.ended_source(STREAM_SOURCE), at.time, at.monotonic)
    report = report_of(tmp_path / "rec", [*found[:201], gone, end, *found[201:]])
    (venue,) = report.venues
    assert venue.messages == sum(each.kind == Kind.RECEIVED for each in found[:201])
    (ended,) = venue.disconnects
    assert (ended.reopened, ended.reason) == (False, "away")


def test_a_market_that_was_removed_is_not_observed(tmp_path: Path) -> None:
    found = records(600)
    at = found[300]
    found[0] = run_record(found[0].time, ["X/Y", PAIR], {VENUE: "diff"})
    command = Record(Kind.COMMAND, 0, bodies.command("market_removed", pair=PAIR), at.time, at.monotonic)
    (venue,) = report_of(tmp_path / "rec", [*found[:301], command, *found[301:]]).venues
    (book,) = venue.books
    assert venue.not_subscribed == ("X/Y",)
    assert book.observed_ns == at.time - found[0].time
