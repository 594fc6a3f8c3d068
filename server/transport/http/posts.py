"""Posts that change something on the server: who may make them, how many, and how they are answered.

A cookie never gives the right to post: a page in a browser cannot change what others read.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from ...api.access import Access, Identity
from ...api.call_rate import SharedRate
from ...api.calls import Post
from ...request_errors import exhausted
from ..peers import peer
from .http_errors import plain_error
from .http_message import JSON, HttpAnswer, HttpRequest, json_answer


class Posts:
    """The posts of one port. Thread-safe."""

    def __init__(self, by_path: Mapping[str, Post]) -> None:
        """`by_path`: without a slash at the end."""
        self._by_path = by_path

    def find(self, request: HttpRequest) -> Post | None:
        """What answers this request; None: it is no post. A slash at the end of the path makes no difference."""
        return self._by_path.get(request.path.rstrip("/"))

    @property
    def paths(self) -> list[str]:
        """The paths of all posts."""
        return list(self._by_path)

    @staticmethod
    def refusal(request: HttpRequest) -> HttpAnswer | None:
        """Why a request is not answered, by its form alone."""
        if request.method != "POST":
            words = "this path takes POST"
            return plain_error(HTTPStatus.METHOD_NOT_ALLOWED, "unimplemented", words, allow="POST")
        # A form of another site cannot send this type without asking first, and is not answered.
        if request.content_type != JSON:
            words = f"the content-type must be {JSON}"
            return plain_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unimplemented", words)
        return None


class PostAdmission:
    """Who may post, and how often. Thread-safe."""

    def __init__(self, access: Access, per_second: float) -> None:
        """`per_second`: posts of one client."""
        self._access = access
        self._rate = SharedRate(per_second, max(2, int(2 * per_second)))

    def admit(self, request: HttpRequest) -> Identity:
        """Who posts. Raises RequestError: the token lacks the right, or there were too many posts."""
        identity = self._access.admit_post(request.path, request.metadata(), request.peer)
        delay = self._rate.delay(identity.token_id or peer(request.peer).address)
        if delay:
            raise exhausted("posts", "there were too many posts from this client", delay)
        return identity


def created(post: Post, request: HttpRequest) -> HttpAnswer:
    """The answer of a post that was taken. Raises RequestError."""
    return json_answer(HTTPStatus.CREATED, post.make(request.body))
