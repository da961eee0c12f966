"""The backward planning of a procurement, kept as a calendar file and a picture."""

from models.law.planning import PlannedProcedure, PlanRequest, plan
from models.law.regime import Procedure
from models.procurement import Procurement
from tasks import clock, documents, launch, planning
from tasks.steps import step
from tasks.store import reading

PLANNED = {
    Procedure.WITHOUT_PUBLICITY: PlannedProcedure.WITHOUT_PUBLICITY,
    Procedure.MAPA: PlannedProcedure.MAPA,
    Procedure.FORMALISED: PlannedProcedure.AO_OUVERT,
}


@step("Établir le rétroplanning")
def write_plan(ref: str, visit: int) -> bool:
    """Write the planning back from the day the contract must start; return whether that day is known."""
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
    if procurement.starts_on is None:
        return False
    today = clock.today()
    procedure = PLANNED[launch.regime_on(procurement, today).procedure]
    made = plan(PlanRequest(procedure=procedure, starts_on=procurement.starts_on), today)
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
