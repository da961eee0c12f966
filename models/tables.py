"""Every module that declares a table, imported so that migrations see them all."""

from models import contracts, delegations, journal, organisation, outbox, procurement, spending

MODULES = (contracts, delegations, journal, organisation, outbox, procurement, spending)
