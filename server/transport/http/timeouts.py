"""How much time a caller gives to a call: the headers `connect-timeout-ms` and `grpc-timeout`. Pure."""

from __future__ import annotations

import re

from ...request_errors import invalid, shown
from .http_message import HttpRequest

_SECONDS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_MILLISECONDS = re.compile(r"[0-9]{1,10}")
_GRPC = re.compile(r"([0-9]{1,8})([HMSmun])")


def timeout(request: HttpRequest) -> float | None:
    """Seconds from the arrival of the request; None: as long as it takes. Raises RequestError."""
    text = request.header("connect-timeout-ms")
    if text:
        if not _MILLISECONDS.fullmatch(text):
            raise invalid("connect-timeout-ms", f"was {shown(text)}, and is milliseconds in up to 10 digits")
        return int(text) / 1000
    text = request.header("grpc-timeout")
    if text:
        found = _GRPC.fullmatch(text)
        if found is None:
            raise invalid("grpc-timeout", f"was {shown(text)}, and is up to 8 digits and a unit, one of H M S m u n")
        return int(found[1]) * _SECONDS[found[2]]
    return None
