"""Why an export cannot be made, and packages that an export may need."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import OnebookError


class ExportError(OnebookError):
    """An export cannot be made. The text is one line for people."""


def needed(module: str, package: str = "") -> Any:
    """An optional module. Raises ExportError, which names the package to install, where the module is missing."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != module.partition(".")[0]:
            raise
        name = package or module.partition(".")[0]
        raise ExportError(f"this format needs {name}, which is not installed: python -m pip install {name}") from error
