"""Sentences: order, waiting, parallelism, human decisions, and the command line."""
