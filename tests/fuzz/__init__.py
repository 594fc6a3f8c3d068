"""Fuzzing: of the C core by its own programs, and of the decoders against json and Decimal."""
