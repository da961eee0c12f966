"""Delegations of signature."""
