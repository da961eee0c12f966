"""Word, Excel and PDF made from plain data; no database in this room."""
