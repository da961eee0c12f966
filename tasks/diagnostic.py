"""The shared diagnostic of a procurement's family, kept as a workbook."""

from tasks import clock, documents, segments, spending
from tasks.steps import step


@step("Établir le diagnostic partagé")
def write_diagnostic(ref: str, visit: int) -> None:
    """Write what the group spends in the family: establishments, suppliers, years, and what escapes contracts."""
    family = segments.place(ref).family
    found = spending.diagnose(family, clock.today())
    documents.keep(
        documents.Paper(
            ref=ref,
            kind="diagnostic",
            title="Diagnostic partagé de la famille",
            folder="preparation",
            file_name=f"{ref}-diagnostic-v{visit}.xlsx",
            content=spending.write_workbook(found),
            version=visit,
        )
    )
