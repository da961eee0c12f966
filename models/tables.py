"""Every module that declares a table, imported so that migrations see them all."""

from models import (
    accounts,
    contracts,
    delegations,
    identity,
    journal,
    organisation,
    outbox,
    procurement,
    signatures,
    spending,
)

MODULES = (
    accounts,
    contracts,
    delegations,
    identity,
    journal,
    organisation,
    outbox,
    procurement,
    signatures,
    spending,
)
