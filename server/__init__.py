"""The onebook server: exchange feeds in, exact books, one consolidated book out over gRPC."""
