"""gRPC over HTTP/2 by nghttp2, on a thread that does not need the interpreter."""

try:
    from . import _board, _engine  # noqa: F401
except ImportError:  # It was built without nghttp2, or on a system without epoll.
    AVAILABLE = False
else:
    AVAILABLE = True
