"""The backward planning of a procurement, kept as a calendar file and a picture."""

from models.law.planning import PlanRequest, plan
from models.procurement import Procurement
from tasks import clock, documents, launch, planning
from tasks.steps import step
from tasks.store import reading


@step("Établir le rétroplanning")
def write_plan(ref: str, visit: int) -> bool:
    """Write the planning back from the day the contract must start; return whether that day is known."""
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
    if procurement.starts_on is None:
        return False
    today = clock.today()
    made = plan(
        PlanRequest(procedure=launch.planned(procurement, today), starts_on=procurement.starts_on), today
    )
    for kind, title, suffix, content in (
        ("retroplanning", "Rétroplanning (calendrier)", "ics", planning.calendar_ics(made)),
        ("retroplanning_image", "Rétroplanning (image)", "png", planning.gantt_png(made)),
    ):
        documents.keep(
            documents.Paper(
                ref=ref,
                kind=kind,
                title=title,
                folder="preparation",
                file_name=f"{ref}-retroplanning-v{visit}.{suffix}",
                content=content,
                version=visit,
            )
        )
    return True
