"""The feed runtime, once for all venues: the only code that touches exchange sockets and REST services."""
