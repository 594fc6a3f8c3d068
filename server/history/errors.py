"""The errors that the history raises on purpose."""

from __future__ import annotations

from enum import Enum

from ..errors import OnebookError


class Trouble(Enum):
    """Why a file of the history cannot be used."""

    FULL = "the disk is full"
    LOCKED = "another process writes the file"
    READ_ONLY = "the file or its folder is read-only"
    CORRUPT = "the file is damaged"
    NEWER = "a newer version of onebook has written the file"
    OTHER = "the file cannot be used"


class HistoryError(OnebookError):
    """A file of the history cannot be read or written. The message is one line for people."""

    def __init__(self, message: str, trouble: Trouble = Trouble.OTHER) -> None:
        super().__init__(message)
        self.trouble = trouble


class NumberError(OnebookError):
    """A value of a row that the history cannot keep exactly: too many decimals, too large, or no number."""


class PageError(OnebookError):
    """A page that cannot be had: the page token is not from this call, or the limit is out of range."""
