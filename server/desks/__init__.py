"""Runs what server.analytics computes: for each market, fed by the publisher thread, asked by requests."""
