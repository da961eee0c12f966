"""Identified need (besoin identifié)."""

from prefect import flow

from tasks.preparation import planning


@flow(name="identification", flow_run_name="{ref} · Besoin identifié")
def identification(ref: str, visit: int) -> None:
    """Plan the procurement backward from the day it must start."""
    planning.write_plan(ref, visit)
