"""The API, for the tools of the hospital."""
