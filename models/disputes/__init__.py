"""Disputes: opened, ruled, their dates, their risk."""
