"""File descriptors: as many as the system gives, and some of them kept for the feeds."""

from __future__ import annotations

import logging
import sys

if sys.platform != "win32":
    import resource

from .logs import about

log = logging.getLogger(__name__)

# What feeds, requests, files and the port itself take, with room for the second connections of a failover.
KEPT = 256
WANTED = 65_536
# Without a limit of the system's.
CONNECTIONS = 16_384
FEWEST = 16


def raise_limit() -> int:
    """Raises the soft limit as far as it may be; returns what there is."""
    if sys.platform == "win32":
        return WANTED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError) as error:
            words = "the limit of %d open files could not be raised to %d: %s"
            log.warning(words, soft, wanted, error, extra=about("few_descriptors"))
            return soft
        return wanted
    return soft if soft != resource.RLIM_INFINITY else WANTED


def connection_limit() -> int:
    """Connections that clients may have at once, so that the feeds find descriptors whatever clients do."""
    if sys.platform == "win32":
        return CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(FEWEST, min(CONNECTIONS, soft - min(KEPT, soft // 2)))
