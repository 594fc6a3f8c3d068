"""Candles of trades, and the venues' own beside them."""
