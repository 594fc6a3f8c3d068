"""TLS handshakes that failed, as the log tells of them."""

from __future__ import annotations

import logging

from ...logs import about
from ...raw_stderr import handshake_words
from ...repeats import Repeats

log = logging.getLogger(__name__)


class Handshakes:
    """Strangers may try as often as they like: one line per minute and reason."""

    def __init__(self) -> None:
        self._repeats = Repeats()

    def say(self, reason: str) -> None:
        """A handshake failed; `reason` is OpenSSL's, empty where the client has just gone."""
        if not reason:
            return
        words = handshake_words(reason.upper().replace(" ", "_"))
        left_out = self._repeats.admit(words)
        if left_out is not None:
            more = f" ({left_out} more lines were left out)" if left_out else ""
            log.warning("%s%s", words, more, extra=about("tls_handshake_failed"))
