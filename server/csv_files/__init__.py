"""Trades and candles as files of comma-separated values, written while the server runs."""
