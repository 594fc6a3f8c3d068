"""The venue of docs/add-a-venue.md is a whole one, and says what the page says."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import types

import pytest

from tests.test_layout import ROOT


def test_the_venue_of_the_page_works_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "add-a-venue.md").read_text()
    file, use = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (said,) = re.findall(r'```\n(\{"op.*?)```', page, re.DOTALL)
    module = types.ModuleType("server.venues.acme")
    module.__package__ = "server.venues"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(file, "acme.py", "exec"), module.__dict__)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(use, "use.py", "exec"), {})
    assert output.getvalue() == said
    assert "try:" not in file, "the boundary is guarded by the base class"
