"""The drawing of the process with the place where a purchase stands, made from the table of the process."""

from pydantic import BaseModel

from models.process.table import STAGES, Action, Final, Gate, Timer, is_on_the_way
from tasks.views.status import Status

KINDS: dict[type, str] = {Gate: "decision", Timer: "attente", Action: "travail", Final: "fin"}

REPLACING = frozenset(stage.otherwise for stage in STAGES if stage.otherwise)


class Step(BaseModel):
    """One stage of the drawing."""

    key: str
    label: str
    kind: str
    state: str  # fait, ici, a-venir
    visits: int


def draw(status: Status) -> list[Step]:
    """Return the stages on the way of the purchase, those that the law leaves out left out."""
    regime = status.regime
    visits = {moment.stage: moment.visit for moment in status.timeline}
    ended = any(isinstance(stage, Final) and stage.key == status.stage for stage in STAGES)
    way = [
        stage
        for stage in STAGES
        if not isinstance(stage, Final)
        and is_on_the_way(stage, regime)
        and not (stage.key in REPLACING and regime is None)
        and (not ended or stage.key in visits)
    ]
    end = next(s for s in STAGES if s.key == (status.stage if ended else "notified"))
    here = next((rank for rank, stage in enumerate([*way, end]) if stage.key == status.stage), 0)
    return [
        Step(
            key=stage.key,
            label=stage.label.partition(",")[0],
            kind=KINDS[type(stage)],
            state="ici" if rank == here else "fait" if rank < here else "a-venir",
            visits=visits.get(stage.key, 0),
        )
        for rank, stage in enumerate([*way, end])
    ]
