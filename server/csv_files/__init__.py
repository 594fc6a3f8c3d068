"""Files of comma-separated values, written while the server runs."""
