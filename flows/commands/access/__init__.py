"""Accesses to the pages, personal keys and codes."""
