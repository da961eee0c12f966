"""The engine: a purchase is opened, moves, is reminded; its documents are filed; the journal is held against it."""
