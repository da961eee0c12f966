"""The web pages where people decide, follow and download."""
