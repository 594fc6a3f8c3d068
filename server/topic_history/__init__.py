"""The history out of the topics of Kafka: recorders of one consumer group share the markets (docs/kafka.md)."""
