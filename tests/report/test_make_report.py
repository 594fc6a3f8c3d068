"""Reports of recordings with faults that are known: each number is that of what was put in."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from recording import Kind, Record, RecordingError, bodies
from server import clock
from server.errors import ConfigError
from server.replay.plan_of import PlanError
from server.report.make_report import make_report
from tests.replay.recordings import STREAM_SOURCE, run_record, write

from .made import PAIR, VENUE, frames_of_books, records, report_of

SECOND = 1_000_000_000


def test_a_recording_without_faults(tmp_path: Path) -> None:
    found = records()
    report = report_of(tmp_path / "rec", found)
    (venue,) = report.venues
    (book,) = venue.books
    assert (venue.venue, book.pair) == (VENUE, PAIR)
    received = [each for each in found if each.kind == Kind.RECEIVED]
    assert venue.messages == len(received) == sum(venue.messages_by_part)
    assert venue.bytes == sum(len(each.body) for each in received)
    assert venue.answers == sum(each.kind == Kind.ANSWER for each in found)
    assert (book.gaps, book.resyncs, book.withdrawal_count, venue.disconnect_count) == (0, 0, 0, 0)
    assert report.recorded_ns == found[-1].time - found[0].time
    assert book.observed_ns == report.recorded_ns
    assert sum(book.states_ns.values()) == book.observed_ns
    assert book.live_ns == book.states_ns["live"]
    assert book.coverage_ppm == book.live_ns * 1_000_000 // book.observed_ns > 900_000
    assert 0 < book.frames <= len(frames_of_books(found))
    assert book.latency.count == venue.latency.count > 0
    assert (report.losses, report.unreadable_records, report.recording.damage) == ((), 0, ())
    assert sum(count for _, count in book.timeline) == report.parts == len(venue.messages_by_part)


def test_the_clock_is_the_systems_again(tmp_path: Path) -> None:
    report_of(tmp_path / "rec", records(100))
    assert clock.time_ns is time.time_ns


def test_a_lost_frame_is_one_gap_one_resync_and_one_withdrawal(tmp_path: Path) -> None:
    found = records()
    cut = frames_of_books(found)[-400]
    at = found.pop(cut).time
    (book,) = report_of(tmp_path / "rec", found).venues[0].books
    assert (book.gaps, book.resyncs, book.withdrawal_count) == (1, 1, 1)
    (withdrawal,) = book.withdrawals
    assert withdrawal.state == "gap"
    assert 0 <= withdrawal.begin_ns - at < SECOND
    assert withdrawal.end_ns - withdrawal.begin_ns == book.longest_withdrawal_ns == book.withdrawn_ns > 0


def disconnected(found: list[Record], at: int, away: int) -> list[Record]:
    """The records with an end of the connection, and nothing of it for `away` records."""
    begin, end = found[at], found[at + away]
    closed = Record(Kind.CLOSED, STREAM_SOURCE, b"<b>gone</b>", begin.time, begin.monotonic)
    opened = Record(Kind.OPENED, STREAM_SOURCE, b"/", end.time, end.monotonic)
    others = [each for each in found[at : at + away] if each.source != STREAM_SOURCE]
    return [*found[:at], closed, *others, opened, *found[at + away :]]


def test_a_disconnect_has_its_length(tmp_path: Path) -> None:
    found = records()
    at = len(found) // 2
    report = report_of(tmp_path / "rec", disconnected(found, at, 100))
    (venue,) = report.venues
    (ended,) = venue.disconnects
    assert (ended.begin_ns, ended.end_ns) == (found[at].time, found[at + 100].time)
    assert (ended.reopened, ended.pairs, ended.reason) == (True, 1, "<b>gone</b>")
    assert venue.disconnected_ns == venue.longest_disconnect_ns == ended.end_ns - ended.begin_ns
    assert venue.connections == 2
    assert venue.books[0].states_ns["down"] == ended.end_ns - ended.begin_ns


def test_time_between_two_runs_counts_for_nothing(tmp_path: Path) -> None:
    first = records(700)
    begin = first[0].monotonic
    later = [each._replace(time=each.time + 10**12, monotonic=each.monotonic - begin) for each in first]
    later[0] = run_record(later[0].time, [PAIR], {VENUE: "diff"})._replace(monotonic=0)
    end = Record(Kind.END, 0, b"", first[-1].time, first[-1].monotonic)
    report = report_of(tmp_path / "rec", [*first, end, *later])
    once, again = report.runs
    assert (once.ended_in_order, again.ended_in_order) == (True, False)
    assert once.end_ns == first[-1].time
    assert again.begin_ns == later[0].time
    (book,) = report.venues[0].books
    assert book.observed_ns == report.recorded_ns
    assert report.recorded_ns < report.end_ns - report.begin_ns - 9 * 10**11
    assert (book.resyncs, book.withdrawal_count) == (0, 0), "the end of a run is no outage"
    alone = report_of(tmp_path / "alone", first).venues[0].books[0]
    assert book.frames == 2 * alone.frames


def test_what_the_recorder_lost_is_told(tmp_path: Path) -> None:
    found = records(300)
    last = found[-1]
    lost = Record(Kind.LOST, 0, bodies.lost(12, 3456, last.time - SECOND), last.time, last.monotonic)
    bad = Record(Kind.LOST, 0, b"{}", last.time, last.monotonic)
    report = report_of(tmp_path / "rec", [*found, lost, bad])
    (loss,) = report.losses
    assert (loss.messages, loss.bytes, loss.end_ns - loss.begin_ns) == (12, 3456, SECOND)
    assert report.unreadable_records == 1


def test_a_damaged_block_is_a_loss_and_the_rest_is_reported(tmp_path: Path) -> None:
    report_of(tmp_path / "rec", records())
    (segment,) = (tmp_path / "rec").rglob("*.onebook")
    content = bytearray(segment.read_bytes())
    second = content.index(b"obblock1", content.index(b"obblock1") + 1)
    content[second + 200] ^= 255
    segment.write_bytes(content)
    report = make_report(tmp_path / "rec")
    assert report is not None
    assert any(loss.messages is None and "damaged" in loss.reason for loss in report.losses)
    assert any("damaged" in line for line in report.recording.damage)
    assert str(tmp_path) not in report.to_json()


def test_a_part_of_the_time(tmp_path: Path) -> None:
    found = records()
    cut = frames_of_books(found)[-400]
    at = found.pop(cut).time
    whole = report_of(tmp_path / "rec", found)
    middle = at - 5 * SECOND
    before, after = make_report(tmp_path / "rec", end=middle), make_report(tmp_path / "rec", begin=middle)
    assert before is not None
    assert after is not None
    assert (before.venues[0].books[0].gaps, after.venues[0].books[0].gaps) == (0, 1)
    assert (after.begin_ns, before.end_ns) == (middle, middle)
    for name in ("messages", "bytes", "answers"):
        values = [getattr(each.venues[0], name) for each in (before, after, whole)]
        assert values[0] + values[1] == values[2], name
    books = [each.venues[0].books[0] for each in (before, after, whole)]
    assert books[0].frames + books[1].frames == books[2].frames
    assert 5 * SECOND <= books[1].live_ns < 6 * SECOND, "the book was live when the window began"
    assert books[1].timeline[0][0] == "live"


def test_the_same_recording_gives_the_same_report(tmp_path: Path) -> None:
    first = report_of(tmp_path / "rec", records(800))
    again = make_report(tmp_path / "rec")
    assert again is not None
    assert first.to_json() == again.to_json()


def test_a_stop_makes_no_report_and_progress_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "rec", records(300))
    assert make_report(folder, stop=lambda: True) is None
    shares: list[float] = []
    make_report(folder, progress=shares.append)
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] <= 1.0


def test_what_cannot_be_reported(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="there is no folder"):
        make_report(tmp_path / "none")
    with pytest.raises(PlanError, match="there is no recording in"):
        make_report(tmp_path)
    folder = write(tmp_path / "rec", records(100))
    with pytest.raises(ConfigError, match="nothing was recorded in this time"):
        make_report(folder, begin=1 << 61)
    with pytest.raises(ConfigError, match="the recording has no pair"):
        make_report(folder, pairs=["X/Y"])
    with pytest.raises(ConfigError, match="the recording has no venue"):
        make_report(folder, venues="nobody")
