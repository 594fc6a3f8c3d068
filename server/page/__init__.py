"""The page of the port of HTTP: its files, which a browser gets as they lie here."""
