"""Packages that only HTTP needs: one error names what is missing, and the command that installs it."""

from __future__ import annotations

from importlib import import_module

from ...errors import ConfigError

NEEDED = ("httptools", "prometheus_client", "uvicorn", "websockets")


def require() -> None:
    """Imports the packages. Raises ConfigError with the command that installs what is missing."""
    missing = list(filter(None, map(_failure, NEEDED)))
    if missing:
        install = "pip install 'onebook[http]', or '.[http]' in a checkout"
        raise ConfigError(f"http_port: packages are missing: {', '.join(missing)}; they come with: {install}")


def _failure(name: str) -> str:
    """Why a package cannot be imported; empty if it can."""
    try:
        import_module(name)
    except ImportError as error:
        return f"{name} ({error})"
    return ""
