"""Tenders: received, sealed, replaced, read."""
