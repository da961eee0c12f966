"""Renewal: the procurement that a contract near its end opens by itself."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.outgoing import restored
from tasks.runs import renewals as verbs


@flow(name="renewal")
def renewal(contract: str) -> State[str]:
    """Open the procurement that renews a contract, once per contract and term."""
    restored.refuse_while_held()
    opened = verbs.open_renewal(contract)
    return Completed(name=f"Ouvert : {opened.ref}" if opened.is_new else f"Déjà ouvert : {opened.ref}")
