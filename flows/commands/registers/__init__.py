"""Registers that come from files, and what watches them."""
