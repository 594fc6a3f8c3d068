"""The services that clients use, their errors and limits."""
