"""Information of the tenderers (information des candidats évincés, CCP art. R. 2181-1 to R. 2181-4)."""

from prefect import flow

from tasks.award import information as verbs


@flow(name="information", flow_run_name="{ref} · Information des candidats")
def information(ref: str, visit: int) -> None:
    """Write the award decision and the letters, send them, and start the standstill period."""
    verbs.write_decision(ref, visit)
    verbs.write_letters(ref, visit)
    verbs.start_standstill(ref, visit)
