"""The files of the page, read once: which there are, their types and their etags.

The table is made at the start, of the files that were installed. A request finds a file only by its exact path in this
table: nothing in a request becomes a path of the system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ..errors import ConfigError

STATIC = Path(__file__).resolve().parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
"""By the end of the name; files of other types are not served."""
START = "index.html"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, nothing inline, in nobody's frame."""


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file as a browser gets it."""

    content: bytes
    content_type: str
    etag: str
    """Another one for each content."""


def page_files(folder: Path = STATIC) -> Mapping[str, PageFile]:
    """The files by the path of their address: `/` is the page, `/page/...` is what the page loads. Raises ConfigError
    where the page is missing from the installation."""
    found = {
        _address(path.relative_to(folder)): _read(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in TYPES
    }
    if "/" not in found:
        raise ConfigError(f"http_port: the files of the page are missing in {folder}: install onebook again")
    return found


def _address(path: Path) -> str:
    name = path.as_posix()
    return "/" if name == START else f"/page/{name}"


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    return PageFile(content, TYPES[path.suffix], f'"{sha256(content).hexdigest()[:32]}"')
