"""Every module that declares a table, imported so that migrations see them all."""

from models import (
    accounts,
    conflicts,
    contracts,
    delegations,
    identity,
    journal,
    organisation,
    outbox,
    procurement,
    renewals,
    risks,
    seals,
    signatures,
    spending,
)

MODULES = (
    conflicts,
    accounts,
    contracts,
    delegations,
    identity,
    journal,
    organisation,
    outbox,
    procurement,
    renewals,
    risks,
    seals,
    signatures,
    spending,
)
