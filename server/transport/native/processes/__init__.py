"""The engine in processes of its own, which the server starts, asks and is told by."""
