"""A venue at run time: its pairs, its connections, its snapshots and its trades."""
