"""Tables as people send them: CSV, workbooks, lines typed or refused."""
