"""gRPC over HTTP/2 by nghttp2: on a thread that does not need the interpreter, or, on Linux, in processes."""

import select

POLLS = hasattr(select, "epoll") or hasattr(select, "kqueue")
"""Whether the engine can run on this system."""

try:
    from . import _engine  # noqa: F401
except ImportError:  # It was built without nghttp2, or on a system without epoll and kqueue.
    AVAILABLE = False
else:
    AVAILABLE = True

try:
    from . import _board  # noqa: F401
except ImportError:  # Likewise, or the system is not Linux.
    PROCESSES = False
else:
    PROCESSES = AVAILABLE
