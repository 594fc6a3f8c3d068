"""Fan-out: a change is merged and encoded once, and every subscriber of the topic is sent the same bytes."""
