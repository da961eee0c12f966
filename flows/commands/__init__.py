"""The command line, one module per subject; `flows.__main__` lists the commands."""
