"""Pieces of HTML in which text of others stays text."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..printable import printable


def text(words: object, most: int = 400) -> str:
    """Text of anybody as HTML: no mark-up, no control characters, cut after `most` characters."""
    return html.escape(printable(str(words), most), quote=True)


class Column(NamedTuple):
    """One column of a table."""

    name: str
    style: str = ""
    """Style classes: `text` for words, `long` for sentences, `head` for what names the row."""


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> str:
    """A table; each cell has the name of its column, for narrow screens. Cells are text of anybody."""
    heads = "".join(f"<th{_class(each.style)}>{text(each.name)}</th>" for each in columns)
    body = "".join(f"<tr>{_cells(columns, row)}</tr>" for row in rows)
    return f'<div class="table"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _cells(columns: Sequence[Column], row: Sequence[object]) -> str:
    return "".join(
        f'<td data-name="{text(column.name)}"{_class(column.style)}>{text(cell)}</td>'
        for column, cell in zip(columns, row, strict=True)
    )


def _class(style: str) -> str:
    return f' class="{style}"' if style else ""


def section(title: str, *parts: str) -> str:
    """A titled part of the page; nothing where all parts are empty."""
    body = "".join(parts)
    return f"<section><h2>{text(title)}</h2>{body}</section>" if body else ""
