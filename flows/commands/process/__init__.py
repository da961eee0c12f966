"""A purchase: opened, followed, decided, its journal."""
