"""Identified need (besoin identifié)."""

from prefect import flow

from tasks import planning_papers


@flow(name="identification", flow_run_name="{ref} · Besoin identifié")
def identification(ref: str, visit: int) -> None:
    """Plan the procurement backward from the day it must start."""
    planning_papers.write_plan(ref, visit)
