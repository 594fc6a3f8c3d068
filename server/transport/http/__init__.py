"""HTTP/1.1 beside gRPC: health, metrics, calls and streams. Needs the packages of onebook[http]."""
