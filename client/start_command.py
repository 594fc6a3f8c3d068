"""What to type: the `onebook` command as this user can call it, and the one that starts a server that was not found."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .proxies import is_local

_DEFAULT_PORT = "50052"


def onebook_command() -> str:
    """`onebook` where the shell finds that of this Python, else its path, such as `.venv/bin/onebook`."""
    script = Path(sys.executable).with_name("onebook")
    found = shutil.which("onebook")
    if found is not None and (not script.exists() or Path(found).resolve() == script.resolve()):
        return "onebook"
    return near(script) if script.exists() else "onebook"


def near(path: Path) -> str:
    """The path as one would type it: relative where it lies below the working directory."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):  # elsewhere, or the working directory is gone
        return str(path)


def start_command(target: str) -> str:
    """The command that starts a server at HOST:PORT: on this machine, or on the one that the target names."""
    command = f"{onebook_command()} serve --pair BTC/USDT"
    if target.startswith("unix:"):
        return f"{command} --host {target}"
    host, _, port = target.rpartition(":")
    if not is_local(target):
        command = f"onebook serve --pair BTC/USDT --host {host.strip('[]')}"
    return command if port == _DEFAULT_PORT else f"{command} --port {port}"


def start_hint(target: str) -> str:
    """The end of an error about a server that is not there."""
    where = "start one" if is_local(target) else "start one there"
    return f"; {where}: {start_command(target)}"
