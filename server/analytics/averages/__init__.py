"""Average prices of the book, by time and by samples."""
