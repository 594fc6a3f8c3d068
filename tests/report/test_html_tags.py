"""Text of others stays text."""

from __future__ import annotations

from server.report.html_tags import Column, section, table, text

from .made import HOSTILE


def test_text_has_no_markup_no_control_characters_and_an_end() -> None:
    found = text(HOSTILE)
    assert not set(found) & set("<>\"'\x1b\u202e")
    assert "&lt;script" in found
    assert text("x" * 1000, 10) == "x" * 10 + "..."
    assert text(5) == "5"


def test_a_cell_has_the_name_of_its_column() -> None:
    made = table((Column("A & B", "text"), Column("C")), [(HOSTILE, 1)])
    assert '<td data-name="A &amp; B" class="text">' in made
    assert '<td data-name="C">1</td>' in made
    assert "<script" not in made


def test_a_section_without_anything_is_nothing() -> None:
    assert section("T", "", "") == ""
    assert section("<T>", "x") == "<section><h2>&lt;T&gt;</h2>x</section>"
