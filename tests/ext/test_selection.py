"""Which implementation `import orderbook_ext` picks, and the debug switch."""

from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType

from tests.captures import ROOT

USE = """
import orderbook_ext as ext
book = ext.OrderBook()
book.apply([("1", "1")], [])
assert set(ext.__all__) <= set(dir(ext))
print(ext.IMPLEMENTATION, book.best_bid())
"""


def run(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_pure_python_on_request() -> None:
    assert run(ONEBOOK_PURE="1") == "python (1, 1)"


def test_the_core_where_it_is_built(core: ModuleType) -> None:
    assert core.__name__ == "orderbook_ext._book"
    assert run(ONEBOOK_PURE="", ONEBOOK_DEBUG="1") == "c (1, 1)"
