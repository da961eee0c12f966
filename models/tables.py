"""Every module that declares a table, imported so that migrations see them all."""

from models import (
    contracts,
    delegations,
    identity,
    journal,
    organisation,
    outbox,
    procurement,
    renewals,
    risks,
    signatures,
    spending,
)

MODULES = (
    contracts,
    delegations,
    identity,
    journal,
    organisation,
    outbox,
    procurement,
    renewals,
    risks,
    signatures,
    spending,
)
