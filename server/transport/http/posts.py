"""Posts that change something on the server: who may make them, how many, and how they are answered.

A cookie never gives the right to post: a page in a browser cannot change what others read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from ...api.access import Access, Identity
from ...api.call_rate import SharedRate
from ...request_errors import exhausted
from ..peers import peer
from .http_errors import plain_error
from .http_message import JSON, HttpAnswer, HttpRequest, json_answer

Maker = Callable[[bytes], Any]
"""Makes the answer of a body, as JSON has it; raises RequestError."""


class Posts:
    """The posts of one port. Thread-safe."""

    def __init__(self, makers: Mapping[str, Maker], access: Access, per_second: float) -> None:
        """`makers` by path, without a slash at the end; `per_second`: posts of one client."""
        self._makers = makers
        self._access = access
        self._rate = SharedRate(per_second, max(2, int(2 * per_second)))

    def maker(self, request: HttpRequest) -> Maker | None:
        """Who answers this request; None: it is no post. A slash at the end of the path makes no difference."""
        return self._makers.get(request.path.rstrip("/"))

    @property
    def paths(self) -> list[str]:
        """The paths of all posts."""
        return list(self._makers)

    def refusal(self, request: HttpRequest) -> HttpAnswer | None:
        """Why a request is not answered, by its form alone."""
        if request.method != "POST":
            words = "this path takes POST"
            return plain_error(HTTPStatus.METHOD_NOT_ALLOWED, "unimplemented", words, allow="POST")
        # A form of another site cannot send this type without asking first, and is not answered.
        if request.content_type != JSON:
            words = f"the content-type must be {JSON}"
            return plain_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unimplemented", words)
        return None

    def admit(self, request: HttpRequest) -> Identity:
        """Who posts. Raises RequestError: the token lacks the right, or there were too many posts."""
        identity = self._access.admit_post(request.path, request.metadata(), request.peer)
        delay = self._rate.delay(identity.token_id or peer(request.peer).address)
        if delay:
            raise exhausted("posts", "there were too many posts from this client", delay)
        return identity


def created(maker: Maker, request: HttpRequest) -> HttpAnswer:
    """The answer of a post that was taken. Raises RequestError."""
    return json_answer(HTTPStatus.CREATED, maker(request.body))
