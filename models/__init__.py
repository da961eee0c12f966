"""Nouns and law: tables, forms, decisions, dated legal figures, the process. Pure: no I/O, no clock."""
