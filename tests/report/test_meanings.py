"""The meanings at the end of the page are those of the documentation."""

from __future__ import annotations

from pathlib import Path

from server.report.meanings import MEANINGS

DOCS = " ".join((Path(__file__).resolve().parents[2] / "docs" / "report.md").read_text().split())


def test_the_documentation_has_every_meaning_word_by_word() -> None:
    for term, words in MEANINGS:
        assert f"**{term}.** {words}" in DOCS, term
