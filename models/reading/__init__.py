"""Tolerant reading, and faults said in French."""
