"""Copies, restores and exports of a home."""
