"""From the opening to the notified contract: reports, letters, entries."""
