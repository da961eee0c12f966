"""Every module that declares a table, imported so that migrations see them all."""

from models import (
    accounts,
    conflicts,
    contract_items,
    contracts,
    delegations,
    disputes,
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
    accounts,
    conflicts,
    contract_items,
    contracts,
    delegations,
    disputes,
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
