"""Recordings played through the objects that run live, by the recording's own clock."""
