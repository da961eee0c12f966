"""A part of a message that the database must not show: sealed in its text, unsealed as the message leaves."""

import re

from tasks.access import sealed_secrets

PART = re.compile(r"\[\[scellé:([^\]\s]+)\]\]")


def sealed(text: str) -> str:
    """Return a text as the outbox keeps it."""
    return f"[[scellé:{sealed_secrets.seal(text)}]]"


def revealed(body: str) -> str:
    """Return a body with its sealed parts as their reader must see them."""
    return PART.sub(lambda found: sealed_secrets.unseal(found.group(1)), body)
