"""The price of a real order over all live venues."""
