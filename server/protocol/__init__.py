"""The contract of a venue: what a venue file says of its addresses, messages, sequence rules and answers.

Nothing here opens a socket, sleeps or reads a clock: the same objects serve live feeds, replays and fuzzers.
"""
