"""Answers what one life of the process of HTTP asks. It talks to strangers: what it says is checked and bounded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ....api.access import ANYBODY, Identity
from ....api.guard import parsed
from ....codes import Code
from ....publish.channel import Channel, Overflow
from ....quotas import Peer, caller
from ....request_errors import RequestError
from ...peers import client
from . import link_frames as kinds
from .link_frames import BrokenFrameError, Frame, frame, parted, parts, word
from .link_messages import answer_body, error_body, request_of
from .link_stream import LinkStream
from .link_topics import LinkTopics, Say
from .server_parts import ServerParts

MOST_ASKED = 256
"""Asks that may wait for their turns: an honest process has fewer threads that wait."""
LONGEST_NAME = 200
"""Characters of the name of a peer."""


class Asked:
    """An ask that waits for its turn, or is being answered."""

    __slots__ = ("call", "dropped", "ends", "number", "rest", "who")

    def __init__(self, told: Frame, who: Peer, call: tuple[str, str], rest: bytes) -> None:
        self.number = told.number
        self.who = who
        self.call = call
        self.rest = rest
        self.ends = time.monotonic() + told.first / 1e6 if told.first else None
        self.dropped = False
        """Nobody waits for the answer any more."""


class RequestHandler:
    """Of one life. hear() is one thread's; close() may be called on any."""

    def __init__(self, parts: ServerParts, say: Say) -> None:
        self._parts = parts
        self._say = say
        self._topics = LinkTopics(say)
        self._lock = threading.Lock()
        self._asked: dict[int, Asked] = {}
        self._streams: dict[int, LinkStream] = {}
        self._closed = False
        self._readers: dict[str, Identity] = {}
        self._posters: dict[str, Identity] = {}
        """Who has shown a token to this process, by the token's id: it cannot speak for others."""
        self._heard: dict[int, Callable[[Frame], None]] = {
            kinds.ADMIT: self._admit,
            kinds.ADMIT_POST: self._admit_post,
            kinds.PAGE: self._page,
            kinds.METRICS: self._metrics,
            kinds.POST: self._post,
            kinds.CALL: self._call,
            kinds.OPEN: self._open,
            kinds.CLOSE: self._close,
            kinds.TAKEN: self._taken,
            kinds.LOST: self._lost,
        }

    @property
    def streams(self) -> int:
        """Open streams of the process."""
        return len(self._streams)

    def hear(self, told: Frame) -> None:
        """Does what the process asks. Raises BrokenFrameError: no process of ours asks this."""
        heard = self._heard.get(told.kind)
        if heard is None:
            raise BrokenFrameError(f"a frame of the kind {told.kind}")
        heard(told)

    def close(self) -> None:
        """The process is gone: so are its streams."""
        with self._lock:
            self._closed = True
            streams, self._streams = list(self._streams.values()), {}
            for asked in self._asked.values():
                asked.dropped = True
        for stream in streams:
            stream.over()

    # -- answered at once ----------------------------------------------------------------------------------------

    def _page(self, told: Frame) -> None:
        request = request_of(told.body)
        if request.path not in self._parts.side.open_paths:
            raise BrokenFrameError("a page that is not open")
        self._at_once(told, lambda: answer_body(self._parts.side.page_now(request)))

    def _admit(self, told: Frame) -> None:
        self._admitted(told, self._readers, self._parts.side.reader_of)

    def _admit_post(self, told: Frame) -> None:
        self._admitted(told, self._posters, self._parts.side.poster_of)

    def _admitted(self, told: Frame, shown: dict[str, Identity], admit: Callable[[Any], Identity]) -> None:
        request = request_of(told.body)

        def admitted() -> bytes:
            identity = admit(request)
            if identity.token_id:
                shown[identity.token_id] = identity
            return identity.token_id.encode()

        self._at_once(told, admitted)

    def _at_once(self, told: Frame, make: Callable[[], bytes]) -> None:
        try:
            self._say(
                frame(
                    kinds.ANSWER,
                    told.number,
                    body=self._parts.streams.guard.call("a request of the process of HTTP", make),
                )
            )
        except RequestError as error:
            self._refuse(told.number, error)

    # -- answered in turn ----------------------------------------------------------------------------------------

    def _metrics(self, told: Frame) -> None:
        page = self._parts.metrics
        head, _ = parts(told.body)
        if page is None:
            raise BrokenFrameError("metrics that there are not")
        made = page
        asked = Asked(told, self._who(head, self._readers), ("", "metrics"), b"")
        self._in_turn(asked, lambda: answer_body(made()))

    def _post(self, told: Frame) -> None:
        head, rest = parts(told.body)
        post = self._parts.posts.get(word(head, "path"))
        if post is None:
            raise BrokenFrameError("a post that there is not")
        make = post.make
        asked = Asked(told, self._who(head, self._posters), ("", "a post"), rest)
        self._in_turn(asked, lambda: parted({"answer": make(rest)}))

    def _call(self, told: Frame) -> None:
        asked = self._asked_of(told)
        unary = self._parts.calls.get(asked.call)
        if unary is None:
            raise BrokenFrameError("a call that there is not")
        answer, parse = unary.answer, unary.parse
        self._in_turn(asked, lambda: answer(parsed(parse, asked.rest)))

    def _open(self, told: Frame) -> None:
        asked = self._asked_of(told)
        if asked.call not in self._parts.streaming:
            raise BrokenFrameError("a stream that there is not")
        self._put(asked, partial(self._opened, asked))

    def _asked_of(self, told: Frame) -> Asked:
        head, rest = parts(told.body)
        call = word(head, "service"), word(head, "name")
        return Asked(told, self._who(head, self._readers), call, rest)

    def _who(self, head: dict[str, Any], shown: dict[str, Identity]) -> Peer:
        name, token = word(head, "peer"), word(head, "token")
        if len(name) > LONGEST_NAME:
            raise BrokenFrameError("a long name of a peer")
        if not token and not self._parts.side.access.needs_tokens:
            return client(name, ANYBODY)
        identity = shown.get(token)
        if identity is None:
            raise BrokenFrameError("a token that nobody has shown")
        return client(name, identity)

    def _in_turn(self, asked: Asked, make: Callable[[], bytes]) -> None:
        def work() -> None:
            self._say(frame(kinds.ANSWER, asked.number, body=make()))

        self._put(asked, work)

    def _put(self, asked: Asked, work: Callable[[], None]) -> None:
        with self._lock:
            if len(self._asked) >= MOST_ASKED or asked.number in self._asked or asked.number in self._streams:
                raise BrokenFrameError("too many asks, or one twice")
            self._asked[asked.number] = asked
        self._parts.turns.put(asked.who.lane, partial(self._work, asked, work))

    def _work(self, asked: Asked, work: Callable[[], None]) -> None:
        token = caller.set(asked.who)
        try:
            if asked.dropped or (asked.ends is not None and time.monotonic() > asked.ends):
                raise RequestError(Code.DEADLINE_EXCEEDED, "the time of the call was over before its turn")
            self._parts.streams.guard.call(asked.call[1], work)
        except RequestError as error:
            self._refuse(asked.number, error)
        finally:
            caller.reset(token)
            with self._lock:
                self._asked.pop(asked.number, None)

    def _refuse(self, number: int, error: RequestError) -> None:
        self._say(frame(kinds.REFUSED, number, body=error_body(error)))

    # -- streams -------------------------------------------------------------------------------------------------

    def _opened(self, asked: Asked) -> None:
        """Raises RequestError."""
        streaming = self._parts.streaming[asked.call]

        def make(source: Channel, overflow: Overflow) -> LinkStream:
            return LinkStream(asked.number, asked.call, source, overflow, self._topics, self._say)

        stream = self._parts.streams.begin(
            asked.who, asked.call[1], lambda: streaming.open(parsed(streaming.parse, asked.rest)), make
        )
        with self._lock:
            kept = not asked.dropped
            if kept:
                self._streams[asked.number] = stream
        if kept:
            stream.opened()
        else:
            stream.over()

    def _close(self, told: Frame) -> None:
        """A stream is over, or nobody waits for an answer any more."""
        with self._lock:
            asked, stream = self._asked.get(told.number), self._streams.pop(told.number, None)
            if asked is not None:
                asked.dropped = True
        if stream is not None:
            stream.over()

    def _taken(self, told: Frame) -> None:
        topic = self._topics.of(told.number)
        if topic is not None:
            topic.taken(told.first)

    def _lost(self, told: Frame) -> None:
        topic = self._topics.of(told.number)
        if topic is not None:
            topic.lost(told.first)
