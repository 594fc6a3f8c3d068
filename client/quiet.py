"""Keep the log lines of gRPC's C core off a user's terminal.

The core writes "Got goaway" and the like straight to file descriptor 2, into a live screen and between our own lines.
GRPC_VERBOSITY silences it only when it is set before grpc is imported, which is too early for a command inside the
package that imports grpc. So descriptor 2 is turned away, while Python's own stderr keeps the real one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_core() -> Iterator[None]:
    """While open, only Python writes to stderr. Leaves all as it is where the user asked gRPC to talk."""
    if os.environ.get("GRPC_VERBOSITY") or os.environ.get("GRPC_TRACE") or not _is_descriptor_2():
        yield
        return
    before, real = sys.stderr, os.dup(2)
    with open(real, "w", encoding=before.encoding, errors=before.errors, buffering=1) as python_stderr:  # noqa: PTH123
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 2)
        sys.stderr = python_stderr
        try:
            yield
        finally:
            sys.stderr = before
            python_stderr.flush()
            os.dup2(real, 2)


def _is_descriptor_2() -> bool:
    try:
        return sys.stderr.fileno() == 2
    except (AttributeError, OSError, ValueError):  # replaced by an object without a descriptor, or closed
        return False
