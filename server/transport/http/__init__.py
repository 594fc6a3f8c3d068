"""HTTP/1.1 beside gRPC: health, metrics, and calls with one answer. Needs the packages of onebook[http]."""
