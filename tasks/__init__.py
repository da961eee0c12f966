"""Verbs: one step each (documents, messages, notices, registers, connectors)."""
