"""`POST /login` and `POST /logout`: a browser gives a token once, and reads with a cookie that stands for the token.

The cookie is a random id and never the token. Scripts cannot read it (HttpOnly), and pages of other sites cannot make
a browser send it (SameSite=Strict); the check of `origin` refuses their requests as well. A cookie gives the right to
read and nothing else, whatever other rights the token has. The cookie counts as long as the token does.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from ...api.access import HEADER, Access, Identity
from ...api.call_rate import SharedRate
from ...api.sessions import Sessions
from ...request_errors import RequestError, exhausted, invalid
from ..peers import peer
from .http_errors import error_answer, plain_error
from .http_message import JSON, HttpAnswer, HttpRequest

COOKIE = "onebook_session"
MOST_TOKEN = 512
"""Characters that are looked at."""
LOGINS_PER_SECOND, LOGINS_AT_ONCE = 0.5, 10
"""Of one address, right or wrong; five times as many of all addresses together."""


class PageLogin:
    """The sessions of one port. Thread-safe."""

    def __init__(self, access: Access, secure: bool) -> None:
        """`secure`: the port speaks TLS, so that the cookie never leaves in the open."""
        self.access = access
        self._sessions = Sessions()
        self._rate = SharedRate(LOGINS_PER_SECOND, LOGINS_AT_ONCE)
        # Only a host itself, over TLS, can set a cookie whose name begins so.
        self._cookie = f"__Host-{COOKIE}" if secure else COOKIE
        self._attributes = "; Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")

    def forms(self) -> dict[str, Callable[[HttpRequest], HttpAnswer]]:
        """What answers POST at these paths; no token is needed."""
        return {"/login": self._answered(self._login), "/logout": self._answered(self._logout)}

    def admit(self, request: HttpRequest) -> Identity:
        """Who asks: by the token in the headers or, without one, by the cookie. Raises RequestError."""
        session_id = "" if request.header(HEADER) else self._session_id(request)
        token_id = self._sessions.token_id(session_id) if session_id else None
        if token_id is None:
            return self.access.admit(request.path, request.metadata(), request.peer)
        return self.access.admit_reader(request.path, token_id, request.peer)

    def _answered(self, form: Callable[[HttpRequest], HttpAnswer]) -> Callable[[HttpRequest], HttpAnswer]:
        def answer(request: HttpRequest) -> HttpAnswer:
            if request.method != "POST":
                words = "this path takes POST"
                return plain_error(HTTPStatus.METHOD_NOT_ALLOWED, "unimplemented", words, allow="POST")
            # A form of another site cannot send this type without asking first, and is not answered.
            if request.header("content-type").partition(";")[0].strip().lower() != JSON:
                words = f"the content-type must be {JSON}"
                return plain_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unimplemented", words)
            try:
                return form(request)
            except RequestError as error:
                return error_answer(error)

        return answer

    def _login(self, request: HttpRequest) -> HttpAnswer:
        delay = self._rate.delay(peer(request.peer).address)
        if delay:
            raise exhausted("logins", "there were too many logins from this address", delay)
        token = _token_of(request.body)
        identity = self.access.admit(request.path, [(HEADER, f"Bearer {token}")], request.peer)
        if not identity.token_id:
            return HttpAnswer(HTTPStatus.NO_CONTENT, b"")  # This server has no tokens.
        self._sessions.end(self._session_id(request))
        return self._with_cookie(self._sessions.begin(identity.token_id))

    def _logout(self, request: HttpRequest) -> HttpAnswer:
        self._sessions.end(self._session_id(request))
        return self._with_cookie("", "; Max-Age=0")

    def _with_cookie(self, value: str, more: str = "") -> HttpAnswer:
        cookie = f"{self._cookie}={value}{self._attributes}{more}"
        return HttpAnswer(HTTPStatus.NO_CONTENT, b"", JSON, {"set-cookie": cookie})

    def _session_id(self, request: HttpRequest) -> str:
        for part in request.header("cookie").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self._cookie:
                return value
        return ""


def _token_of(body: bytes) -> str:
    """Raises RequestError."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    token = content.get("token") if isinstance(content, dict) else None
    if not isinstance(token, str) or not token or len(token) > MOST_TOKEN:
        raise invalid("token", 'the body must be JSON such as {"token": "onebook_..."}')
    return token
