"""One request to a venue's REST service, whose answer may be an error although its status is 200."""

from __future__ import annotations

import threading

from ..errors import ThrottledError
from ..network.rest_client import RestClient
from ..network.rest_tap import HeldRecord
from ..protocol.rest_request import RestRequest
from ..protocol.venue import Venue


def ask(
    venue: Venue, rest: RestClient, request: RestRequest, stop: threading.Event, held: HeldRecord | None = None
) -> bytes:
    """The body of an answer that is no error; its record is put at once, or `held`.

    Raises VenueError. After a ThrottledError no request goes to this host until its wait is over.
    """
    body = rest.get(request, stop, held)
    try:
        venue.check_answer(body)
    except ThrottledError as error:
        rest.budget.block(error.retry_after)
        raise
    return body
