"""What the server has for its process of HTTP: calls, posts, pages, and the threads that answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ....api.calls import Post, Service, Streaming, Unary
from ....api.streams import Streams
from ...turns import Turns
from ..answering import THREADS
from ..http_message import HttpAnswer
from ..server_side import LocalSide


class ServerParts:
    """Of one port, for all lives of its process."""

    def __init__(
        self,
        services: Sequence[Service],
        streams: Streams,
        side: LocalSide,
        metrics: Callable[[], HttpAnswer] | None,
        posts: Mapping[str, Post],
    ) -> None:
        """`metrics` makes the page of metrics."""
        self.streams = streams
        self.side = side
        self.metrics = metrics
        self.posts = posts
        self.calls: dict[tuple[str, str], Unary] = {
            (service.name, name): call for service in services for name, call in service.unary.items()
        }
        self.streaming: dict[tuple[str, str], Streaming] = {
            (service.name, name): call for service in services for name, call in service.streaming.items()
        }
        self.turns = Turns(THREADS, "http")
        self.described = {
            "services": [
                {"name": each.name, "unary": list(each.unary), "streaming": list(each.streaming)} for each in services
            ],
            "posts": [
                {"path": path, "words": post.words, "body": post.body, "answer": post.answer}
                for path, post in posts.items()
            ],
            "open_paths": list(side.open_paths),
            "metrics": metrics is not None,
            "tokens": side.access.needs_tokens,
        }
        """What the process is told of all this."""

    def close(self) -> None:
        """Makes no further answers."""
        self.turns.close()
