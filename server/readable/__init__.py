"""Answers as people and programs without protobuf read them: JSON and CSV with exact decimals, venues by name. Pure."""
