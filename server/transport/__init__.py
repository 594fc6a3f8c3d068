"""How answers and streams reach clients: one folder per transport."""
