"""Text of others as it may stand in one line: no control characters, and not without an end."""

from __future__ import annotations

MOST = 200


def printable(text: str, most: int = MOST) -> str:
    """The text with escapes in place of what cannot be printed (line ends, terminal codes, marks of direction), cut
    after `most` characters."""
    if len(text) > most:
        text = text[:most] + "..."
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
