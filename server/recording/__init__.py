"""What the server records, and the process that writes it: `--data DIR`."""
