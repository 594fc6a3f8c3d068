"""The books of one pair, and the state of each venue."""
