"""Packages beside this one: top-level in the checkout, below `onebook` where they are installed.

from .neighbours import recording
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import recording
else:
    # Of this very tree: another one may be installed as well.
    _home = __name__.rpartition(".simulator.")[0]
    recording = import_module(f"{_home}.recording" if _home else "recording")

__all__ = ["recording"]
