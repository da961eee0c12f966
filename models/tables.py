"""Every module that declares a table, imported so that migrations see them all."""

from models import contracts, journal, organisation, outbox, procurement, spending

MODULES = (contracts, journal, organisation, outbox, procurement, spending)
