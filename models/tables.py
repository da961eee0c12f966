"""Every module that declares a table, imported so that migrations see them all."""

from models import contracts, organisation, spending

MODULES = (contracts, organisation, spending)
