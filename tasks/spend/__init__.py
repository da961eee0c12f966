"""Spend files read, grouped, diagnosed."""
