"""The dossier, its calendar, its tenders."""
