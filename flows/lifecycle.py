"""The life of a procurement: each run is a segment, from one wait to the next."""

from prefect import flow, tags
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
from tasks.runs import artifacts
from tasks.runs import segments as runs_segments

ACTIONS = {
    "identified": identification,
    "diagnostic": diagnostic,
    "drafting": drafting,
    "publication": publication,
    "quotes": publication,
    "information": information,
    "notification": notification,
}

PREPARATIONS = {
    "analysis": opening_record,
    "award_decision": analysis_report,
    "without_follow_up": closing,
    "unsuccessful": closing,
    "joined": closing,
    "abandoned": closing,
}


@flow(name="lifecycle", on_failure=[runs_segments.report_failure], on_crashed=[runs_segments.report_failure])
def lifecycle(ref: str) -> State[str]:
    """Carry one procurement forward until it waits for people, waits for a date, or is over."""
    runs_segments.begin()
    if hindrance := runs_segments.hindrance():
        return Completed(name=hindrance)
    with tags(ref):
        while work := runs_segments.next_work(ref):
            ACTIONS[work.stage](ref, work.visit)
        here = runs_segments.place(ref)
        if preparation := PREPARATIONS.get(here.stage):
            preparation(ref, here.visit)
    runs_segments.tell(ref)
    artifacts.show_procurement(ref)
    runs_segments.announce(ref)
    runs_segments.settle(ref, here.stage, here.visit)
    return Completed(name=runs_segments.waiting_name(here), message=f"{here.title} : {here.label}")
