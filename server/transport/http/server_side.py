"""What the port of HTTP asks of the server beside its calls and streams: who may ask, and the server's own pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Protocol

from ...api.access import Access, Identity
from ...api.guard import Guard
from ...request_errors import RequestError
from .health_pages import HealthPages
from .http_errors import error_answer, plain_error
from .http_message import HttpAnswer, HttpRequest
from .page_login import PageLogin
from .posts import PostAdmission

Page = Callable[[HttpRequest], HttpAnswer]


class ServerSide(Protocol):
    """What the port asks. All methods are called on its event loop."""

    @property
    def open_paths(self) -> Sequence[str]:
        """The paths of open_page()."""
        ...

    async def open_page(self, request: HttpRequest) -> HttpAnswer:
        """A page that needs no token."""
        ...

    async def admit(self, request: HttpRequest) -> Identity:
        """Who reads. Raises RequestError."""
        ...

    async def admit_post(self, request: HttpRequest) -> Identity:
        """Who posts. Raises RequestError."""
        ...


class LocalSide:
    """The server of this process."""

    def __init__(
        self, access: Access, guard: Guard, health: HealthPages, posts_per_second: float = 20.0, secure: bool = False
    ) -> None:
        """`posts_per_second`: of one client; `secure`: the port speaks TLS."""
        self.access = access
        self.health = health
        self._guard = guard
        self._login = PageLogin(access, secure)
        self._posts = PostAdmission(access, posts_per_second)
        self._pages: dict[str, Page] = {"/health": health.health, "/ready": health.ready}
        self._forms = self._login.forms()

    @property
    def open_paths(self) -> Sequence[str]:
        return (*self._pages, *self._forms)

    async def open_page(self, request: HttpRequest) -> HttpAnswer:
        return self.page_now(request)

    async def admit(self, request: HttpRequest) -> Identity:
        return self.reader_of(request)

    async def admit_post(self, request: HttpRequest) -> Identity:
        return self.poster_of(request)

    def page_now(self, request: HttpRequest) -> HttpAnswer:
        """As open_page(), on any thread."""
        page = self._pages.get(request.path)
        if page is not None:
            return read_only(page, request)
        try:
            return self._guard.call("a form of the page", lambda: self._forms[request.path](request))
        except RequestError as error:
            return error_answer(error)

    def reader_of(self, request: HttpRequest) -> Identity:
        """As admit(), on any thread."""
        return self._guard.call("admission", lambda: self._login.admit(request))

    def poster_of(self, request: HttpRequest) -> Identity:
        """As admit_post(), on any thread."""
        return self._guard.call("admission", lambda: self._posts.admit(request))


def read_only(page: Page, request: HttpRequest) -> HttpAnswer:
    """A page that is only read."""
    if request.method not in ("GET", "HEAD"):
        words = "this page is only read: GET"
        return plain_error(HTTPStatus.METHOD_NOT_ALLOWED, "unimplemented", words, allow="GET, HEAD")
    return page(request)
