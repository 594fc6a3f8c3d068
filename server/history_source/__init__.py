"""What happens in the markets, as rows of the history."""
