"""Analysis report (rapport d'analyse des offres)."""

from prefect import flow

from tasks.award import analysis as verbs


@flow(name="analysis", flow_run_name="{ref} · Rapport d'analyse")
def analysis_report(ref: str, visit: int) -> None:
    """Write the report that the signatory reads before awarding."""
    verbs.write_report(ref, visit)
