"""The contexts of the documents: one model per document, plain data only, never a row of the database."""
