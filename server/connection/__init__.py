"""One websocket: its thread, its subscriptions, and the meaning of each message for each book."""
