"""Every behaviour test of orderbook_ext runs over both implementations: the C core and its Python twin."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

import pytest


def load_core() -> ModuleType | None:
    """The C core, or None where it was not built; CI=true says that it must be there."""
    try:
        return importlib.import_module("orderbook_ext._book")
    except ModuleNotFoundError:
        if os.environ.get("CI") == "true":
            raise
        return None


@pytest.fixture(params=["c", "python"])
def impl(request: pytest.FixtureRequest) -> ModuleType:
    """A module with BookLock, OrderBook, FrameDecoder, BookStatus and ConsolidatedView."""
    module = load_core() if request.param == "c" else importlib.import_module("orderbook_ext.reference")
    if module is None:
        pytest.skip("the C core is not built: python setup.py build_ext --inplace")
    return module


@pytest.fixture
def core() -> ModuleType:
    """The C core alone."""
    module = load_core()
    if module is None:
        pytest.skip("the C core is not built: python setup.py build_ext --inplace")
    return module
