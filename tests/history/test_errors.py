"""Errors of the history say what is wrong in one line."""

from __future__ import annotations

from server.errors import OnebookError
from server.history.errors import HistoryError, Trouble


def test_an_error_has_a_cause() -> None:
    error = HistoryError("day.db: the disk is full", Trouble.FULL)
    assert isinstance(error, OnebookError)
    assert (str(error), error.trouble) == ("day.db: the disk is full", Trouble.FULL)
    assert HistoryError("x").trouble is Trouble.OTHER
