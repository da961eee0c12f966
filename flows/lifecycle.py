"""The life of a procurement: each run is a segment, from one wait to the next."""

from typing import Any

from prefect import Flow, flow, tags
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.analysis import analysis_report
from flows.closing import closing
from flows.diagnostic import diagnostic
from flows.drafting import drafting
from flows.identification import identification
from flows.information import information
from flows.notification import notification
from flows.opening import opening_record
from flows.publication import publication
from models.errors import AlreadyDone
from tasks.runs import artifacts, carrying, segments

ACTIONS: dict[str, Flow[[str, int], Any]] = {
    "identified": identification,
    "diagnostic": diagnostic,
    "drafting": drafting,
    "publication": publication,
    "quotes": publication,
    "information": information,
    "notification": notification,
}

PREPARATIONS: dict[str, Flow[[str, int], Any]] = {
    "analysis": opening_record,
    "award_decision": analysis_report,
    "without_follow_up": closing,
    "unsuccessful": closing,
    "joined": closing,
    "abandoned": closing,
}


@flow(name="lifecycle", on_failure=[segments.report_failure], on_crashed=[segments.report_failure])
def lifecycle(ref: str, stage: str = "", visit: int = 0, version: int = 0) -> State[str]:
    """Carry one stay of a procurement forward until it waits for people, waits for a date, or is over."""
    if hindrance := segments.hindrance():
        return Completed(name=hindrance)
    with tags(ref), carrying.at_work(ref, stage, visit, version) as here:
        reached = carry(here) if here else None
    said = f"{reached.title} : {reached.label}" if reached else f"{ref} {stage}/{visit}"
    return Completed(name=segments.waiting_name(reached), message=said)


def carry(here: segments.Place) -> segments.Place | None:
    """Do the work of a stay and of those after it, until one waits; None when someone else moved it meanwhile."""
    try:
        for stay in carrying.left_behind(here, PREPARATIONS):
            PREPARATIONS[stay.stage](here.ref, stay.visit)
            carrying.prepared(stay)
        here = carrying.next_work(here)
        while here.is_action:
            here = carrying.leave(here, ACTIONS[here.stage](here.ref, here.visit))
        if preparation := PREPARATIONS.get(here.stage):
            preparation(here.ref, here.visit)
        segments.tell(here)
        artifacts.show_procurement(here.ref)
        segments.announce(here)
        segments.settle(here)
    except AlreadyDone:
        return None
    return here
