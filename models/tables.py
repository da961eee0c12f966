"""Every module that declares a table, imported so that migrations see them all."""

from models import contracts, delegations, organisation, spending

MODULES = (contracts, delegations, organisation, spending)
