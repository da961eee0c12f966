"""Seams to outside platforms: httpx and the models, nothing else."""
