"""How answers and streams reach clients: one folder per transport."""

TRANSPORTS = ("auto", "native", "grpcio")
"""What a configuration may ask for: native is nghttp2's engine, auto the best that serves all of the configuration."""
MOST_PROCESSES = 16
"""That may serve: the number of a call has room for so many (native/processes/serving_process.py)."""
