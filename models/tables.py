"""Every module that declares a table, imported so that migrations see them all."""

from models import (
    contract_items,
    contracts,
    delegations,
    identity,
    journal,
    medicines,
    organisation,
    outbox,
    procurement,
    renewals,
    risks,
    signatures,
    spending,
)

MODULES = (
    contract_items,
    contracts,
    delegations,
    identity,
    journal,
    medicines,
    organisation,
    outbox,
    procurement,
    renewals,
    risks,
    signatures,
    spending,
)
