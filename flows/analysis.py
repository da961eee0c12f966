"""Analysis report (rapport d'analyse des offres)."""

from prefect import flow

from tasks import analysis as verbs


@flow(name="analysis")
def analysis_report(ref: str, visit: int) -> None:
    """Write the report that the signatory reads before awarding."""
    verbs.write_report(ref, visit)
