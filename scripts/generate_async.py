"""Writes the async client's calls from the sync ones: client/aio_*.py from client/sync_*.py.

python scripts/generate_async.py            # writes
python scripts/generate_async.py --check    # exit status 1, and the names, where a file is not what it would write
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

CLIENT = Path(__file__).resolve().parent.parent / "client"
NAMES = ("market_data", "analytics")
_WORDS = (
    (r"calls of the sync client", "calls of the async client"),
    (r"(\S+) makes the async ones of this file\.", r"Made by \1 of those of the sync client: change them there."),
    (r"from \.stream import Stream\n", "from .aio_stream import AsyncStream\n"),
    (r"\bStream\[", "AsyncStream["),
    (r"`Client`", "`AsyncClient`"),
    (r"self\._ask\(", "await self._ask("),
    (r"    def (?!stream_|_stream)(\w+)\(", r"    async def \1("),
)


def to_async(source: str) -> str:
    """The async text of a sync one, formatted: calls are awaited, streams are async ones."""
    for pattern, text in _WORDS:
        source = re.sub(pattern, text, source)
    for command in (["check", "--select", "I", "--fix", "--quiet"], ["format", "--quiet"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(CLIENT / "aio_calls.py"), "-"]
        source = subprocess.run(ruff, input=source, capture_output=True, text=True, check=True).stdout
    return source


def stale() -> list[str]:
    """Files that are not what would be written."""
    return [path.name for path, text in made().items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def made() -> dict[Path, str]:
    """Path and text of each file."""
    return {
        CLIENT / f"aio_{name}.py": to_async((CLIENT / f"sync_{name}.py").read_text(encoding="utf-8")) for name in NAMES
    }


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        if wrong := stale():
            raise SystemExit(f"not made of the sync client's: {', '.join(wrong)}; run scripts/generate_async.py")
    else:
        for path, text in made().items():
            path.write_text(text, encoding="utf-8")
