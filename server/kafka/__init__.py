"""What the server publishes, as topics of Kafka (docs/kafka.md)."""
