"""The fictional group."""
