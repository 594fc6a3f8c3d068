"""Open interest: the latest of each venue, and its series."""
