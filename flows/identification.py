"""Identified need (besoin identifié)."""

from prefect import flow

from tasks.preparation import planning
from tasks.runs import segments


@flow(name="identification", flow_run_name="{ref} · Besoin identifié")
def identification(ref: str, visit: int) -> None:
    """Plan the procurement backward from the day it must start, then leave the stage."""
    planning.write_plan(ref, visit)
    segments.finish(ref, "identified", visit)
