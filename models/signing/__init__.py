"""Whose answer is asked, who may sign, for how much."""
