"""The gRPC port: calls are received, admitted, answered and streamed here; nothing else imports grpc."""
