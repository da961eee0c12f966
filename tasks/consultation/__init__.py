"""The dossier: drafted, published, withdrawn, corrected."""
