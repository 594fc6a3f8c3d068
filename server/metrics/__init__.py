"""What the server counts, for Prometheus: read when a page is asked for, never counted a second time."""
