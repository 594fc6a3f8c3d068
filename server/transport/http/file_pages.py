"""The files of the page as answers of HTTP. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus

from ...page.page_files import CONTENT_SECURITY_POLICY, PageFile
from .http_message import HttpAnswer, HttpRequest

CACHING = "no-cache"
"""A browser keeps the file and asks each time whether it is still the same: a new server has a new page at once."""


def file_pages(files: Mapping[str, PageFile]) -> dict[str, Callable[[HttpRequest], HttpAnswer]]:
    """What answers the path of each file."""
    return {path: partial(_answer, file) for path, file in files.items()}


def _answer(file: PageFile, request: HttpRequest) -> HttpAnswer:
    headers = {
        "etag": file.etag,
        "cache-control": CACHING,
        "content-security-policy": CONTENT_SECURITY_POLICY,
    }
    if file.etag in _tags(request.header("if-none-match")):
        return HttpAnswer(HTTPStatus.NOT_MODIFIED, b"", file.content_type, headers)
    return HttpAnswer(HTTPStatus.OK, file.content, file.content_type, headers)


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]
