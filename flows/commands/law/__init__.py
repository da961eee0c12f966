"""What the law says: procedures, late interest, modifications, legal figures."""
