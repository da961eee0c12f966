"""Ringing Prefect for what happened to risks: each line of their history once, by its identifier.

The lines wait in the database while no server answers. An event is a doorbell, never the only record of a fact.
"""

import httpx
from prefect.client.orchestration import get_client
from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.errors import Unavailable
from models.risks.bells import Bell, bell_of
from models.risks.register import Risk, RiskEvent
from tasks import clock
from tasks.steps import step
from tasks.store import reading, transaction

AT_ONCE = 100


class Batch(BaseModel):
    """Lines of the history to ring for, and the events that they make."""

    lines: list[int]
    bells: list[Bell]


@step("Annoncer les risques")
def ring() -> int:
    """Emit the events of risks that Prefect has not been told of, the oldest first; return how many.

    A line is marked once the server has taken its event: killed in between, the same event with the same
    identifier is sent again. Raises `Unavailable` when the server does not answer; nothing is lost.
    """
    rung = 0
    while (batch := waiting()).lines:
        _post(batch.bells)
        _mark(batch.lines)
        rung += len(batch.lines)
    return rung


def waiting(most: int = AT_ONCE) -> Batch:
    """Return the next lines to ring for, in the order in which they were written."""
    query = (
        select(RiskEvent, Risk)
        .join(Risk, col(Risk.key) == col(RiskEvent.key))
        .where(col(RiskEvent.is_rung).is_(False))
        .order_by(col(RiskEvent.id))
        .limit(most)
    )
    with reading() as session:
        rows = session.exec(query).all()
    return Batch(lines=[line.id or 0 for line, _ in rows], bells=[bell_of(line, risk) for line, risk in rows])


def _post(bells: list[Bell]) -> None:
    sent = [bell.model_copy(update={"occurred": clock.real(bell.occurred)}) for bell in bells]
    try:
        with get_client(sync_client=True) as client:
            client.request("POST", "/events", json=[one.model_dump(mode="json") for one in sent])
    except (httpx.HTTPError, OSError) as error:
        raise Unavailable(
            f"Prefect ne prend pas les événements des risques ({type(error).__name__})."
        ) from error


def _mark(lines: list[int]) -> None:
    with transaction() as session:
        for line in _lines(session, lines):
            line.is_rung = True


def _lines(session: Session, lines: list[int]) -> list[RiskEvent]:
    return list(session.exec(select(RiskEvent).where(col(RiskEvent.id).in_(lines))))
