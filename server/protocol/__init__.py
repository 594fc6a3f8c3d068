"""The pure core of the feeds: what a venue protocol is, sequence rules, and how a book becomes true.

Nothing here opens a socket, sleeps or reads a clock: the same objects serve live feeds, replays and fuzzers.
"""
