"""A server that reads the topics of Kafka in place of exchanges, and serves the same calls (docs/kafka.md)."""
