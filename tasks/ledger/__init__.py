"""How rows and lines are made to prove themselves: digests, signatures, the keys kept outside the database."""
