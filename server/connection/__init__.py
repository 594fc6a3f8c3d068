"""One websocket: its thread, its subscriptions, and what each of its messages means for which book."""
