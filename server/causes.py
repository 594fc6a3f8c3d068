"""Why a venue cannot be reached, as far as an error shows: what an operator can do about it differs by cause."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from enum import Enum

from .errors import RefusedError, ThrottledError


class Cause(Enum):
    """Sorts of trouble on the way to a venue."""

    NAME = "name"
    """The host's name could not be resolved."""
    NETWORK = "network"
    """There is no route to the host."""
    CLOSED = "closed"
    """Nothing listens there."""
    SILENT = "silent"
    """No answer in time."""
    CUT = "cut"
    """The connection was made, and ended before an answer."""
    UNTRUSTED = "untrusted"
    """The venue's certificate was not accepted."""
    NO_TLS = "no TLS"
    """A TLS address, and a port that does not speak it."""
    TLS = "TLS"
    """A plain address, and a port that speaks TLS."""
    TURNED_AWAY = "turned away"
    """The venue answers 401, 403 or 451: it does not serve this country or address."""
    THROTTLED = "throttled"
    """The venue asks to wait."""
    OTHER = "other"


class SpeaksTlsError(ConnectionError):
    """An address without TLS (ws, http) leads to a port that speaks TLS, as far as its answer shows."""


class SpeaksNoTlsError(ConnectionError):
    """An address with TLS (wss, https) leads to a port that does not speak it, as far as its answer shows."""


_NETWORK = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL)


def cause_of(error: BaseException) -> Cause:
    """The cause that an error and its chained errors show."""
    return next(filter(None, map(_cause, _chain(error))), Cause.OTHER)


def _chain(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__


def _cause(error: BaseException) -> Cause | None:
    for kind, cause in _KINDS:
        if isinstance(error, kind):
            return cause
    return Cause.NETWORK if isinstance(error, OSError) and error.errno in _NETWORK else None


_KINDS: tuple[tuple[type[BaseException], Cause], ...] = (
    (RefusedError, Cause.TURNED_AWAY),
    (ThrottledError, Cause.THROTTLED),
    (SpeaksTlsError, Cause.TLS),
    (SpeaksNoTlsError, Cause.NO_TLS),
    (socket.gaierror, Cause.NAME),
    (ConnectionRefusedError, Cause.CLOSED),
    (TimeoutError, Cause.SILENT),
    (ssl.SSLCertVerificationError, Cause.UNTRUSTED),
    (ConnectionError, Cause.CUT),
    # An end of a TLS connection without a word of TLS; which of both it is hangs on the version of Python.
    (ssl.SSLEOFError, Cause.CUT),
    (ssl.SSLZeroReturnError, Cause.CUT),
)
