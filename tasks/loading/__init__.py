"""The organisation file, read whole or not at all."""
