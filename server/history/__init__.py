"""The history that the server answers from: SQLite, one file per UTC day. docs/history.md describes the tables."""
