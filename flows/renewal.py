"""Renewal: the procurement that a contract near its end opens by itself."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.outgoing import restored
from tasks.runs import renewals as verbs
from tasks.runs import segments


@flow(name="renewal", on_failure=[segments.report_failure], on_crashed=[segments.report_failure])
def renewal(contract: str) -> State[str]:
    """Open the procurement that renews a contract, once per contract and term."""
    restored.refuse_while_held()
    opened = verbs.open_renewal(contract)
    return Completed(name=f"Ouvert : {opened.ref}" if opened.is_new else f"Déjà ouvert : {opened.ref}")
