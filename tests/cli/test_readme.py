"""What the first page says is so: commands that exist, every venue, nothing that cannot be installed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli import COMMANDS
from server.venues import VENUES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_venue_is_in_the_table() -> None:
    named = set(re.findall(r"`([a-z_0-9]+)`", README.partition("## Exchanges")[2]))
    assert set(VENUES) <= named


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 120


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    named = {found for block in blocks for found in re.findall(r"^(?:\S*/)?onebook ([a-z-]+)", block, re.MULTILINE)}
    assert named <= {*COMMANDS, "server"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_is_installed_from_an_index_that_does_not_have_it(page: Path) -> None:
    assert not re.search(r"pip install '?onebook(?!\S* @)", page.read_text(encoding="utf-8"))


def test_the_first_program_is_the_example() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    example = (ROOT / "examples" / "ten_lines.py").read_text(encoding="utf-8")
    assert code.strip() in example
