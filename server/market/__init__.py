"""The books of one pair and what is known of each venue."""
