"""Recordings and histories as files of other tools."""
