"""What clients see: the gRPC services, their errors and limits."""
