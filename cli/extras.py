"""What is said where a part of the project is not installed: which extra has it, and the command that mends it."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

EXTRAS = {"server": "server", "client": "tui", "recording": "server", "simulator": "sim", "cli": "all"}
"""By part of the project: the extra that its commands need. The client's need what shows tables and screens."""


def missing(error: ModuleNotFoundError, part: str) -> str:
    """One sentence for a module that the extra of a part brings. Raises the error for one of our own: a defect."""
    if (error.name or "").partition(".")[0] in (*EXTRAS, "onebook", "orderbook_ext"):
        raise error
    extra = EXTRAS[part]
    return f"{error.name} is not installed; it comes with the extra {extra!r}: {install_command(extra)}"


def install_command(extra: str) -> str:
    """The pip command that adds an extra to this environment, from where the project was installed."""
    return f"{_python()} -m pip install '{_source(extra)}'"


def _python() -> str:
    python = Path(sys.executable)
    return str(python.relative_to(Path.cwd())) if python.is_relative_to(Path.cwd()) else str(python)


def _source(extra: str) -> str:
    """What pip is to install: the folder or the file that the project came from; `.` in a checkout."""
    try:
        url = json.loads(distribution("onebook").read_text("direct_url.json") or "{}")
    except PackageNotFoundError:
        url = {}
    path = _path(url)
    if path is None or (path.is_dir() and path == Path.cwd()):
        return f".[{extra}]"
    return f"{path}[{extra}]" if path.is_dir() else f"onebook[{extra}] @ {path.as_uri()}"


def _path(url: dict[str, Any]) -> Path | None:
    parts = urlsplit(str(url.get("url", "")))
    path = Path(unquote(parts.path))
    return path if parts.scheme == "file" and path.exists() else None
