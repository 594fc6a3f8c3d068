"""Volume-weighted average price of the newest trades."""
