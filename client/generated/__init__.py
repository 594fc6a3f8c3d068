"""Written by scripts/generate_client.py: change the files of client/analytics/ and client/market_data/ instead."""
