"""ConnectionWatch: disconnects and their lengths."""

from __future__ import annotations

from server.connection.connection_thread import STOPPED
from server.report.connection_watch import ConnectionWatch
from server.report.report_window import ReportWindow


def watch() -> ConnectionWatch:
    return ConnectionWatch(7, (), ReportWindow(100, 200))


def test_a_disconnect_lasts_until_the_connection_is_open_again() -> None:
    made = watch()
    made.opened(110)
    made.closed(120, "gone")
    made.opened(135)
    (found,) = made.disconnects
    assert (found.begin_ns, found.end_ns, found.reopened, found.connection, found.reason) == (120, 135, True, 7, "gone")
    assert made.opened_count == 2


def test_the_end_that_the_server_wanted_is_no_disconnect() -> None:
    made = watch()
    made.opened(110)
    made.closed(120, STOPPED)
    made.finish(130)
    assert made.disconnects == []


def test_a_connection_that_does_not_return_is_away_to_the_end() -> None:
    made = watch()
    made.closed(120, "gone")
    made.closed(125, "still gone")
    made.finish(180)
    made.finish(190)
    (found,) = made.disconnects
    assert (found.begin_ns, found.end_ns, found.reopened, found.reason) == (120, 180, False, "gone")


def test_disconnects_are_cut_to_the_window() -> None:
    made = watch()
    made.opened(10)
    made.closed(20, "before")
    made.opened(30)
    made.closed(90, "across")
    made.opened(105)
    assert [(each.begin_ns, each.end_ns) for each in made.disconnects] == [(100, 105)]
    assert made.opened_count == 1
