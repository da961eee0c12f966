"""Which establishment is competent for an act, on a day: the matrix of `models/law/competence/*.toml`.

Since 1 January 2018 the support establishment passes the contracts and amendments of all, each member carries
out its own (CSP art. R. 6132-16). Where the texts leave a choice the file says so; a group records its own.
"""

import tomllib
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.errors import BadInput
from models.organisation.group import EstablishmentKind
from models.signing.acts import Act, LocalChoiceTerms

FOLDER = Path(__file__).parent.parent / "law" / "competence"


class Competence(BaseModel):
    """Who is competent for an act from a day on, and what must be done before a delegate may sign it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: date = Field(alias="from")
    kind: EstablishmentKind
    binds_expense: bool  # an act of the authorising officer (ordonnateur): goes to the accountant, D. 6143-35
    local_choice: bool = False
    stops_in_dispute: bool = False  # forbidden while a référé précontractuel stands (CJA art. L. 551-4)
    status: Literal["verified", "recalled", "local"]
    reference: str
    source: str
    note: str = ""


class ActCompetence(BaseModel):
    """One file of the matrix: an act and its dated rows, oldest first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    act: Act
    last_verified: date | None = None  # absent: nobody has checked it yet
    values: tuple[Competence, ...]


@lru_cache
def matrix(folder: Path = FOLDER) -> dict[Act, ActCompetence]:
    """Return the matrix of competences by act; an act without a file is an error of the installation."""
    found = [
        ActCompetence.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        for file in sorted(folder.glob("*.toml"))
    ]
    by_act = {row.act: row for row in found}
    if missing := set(Act) - set(by_act):
        raise BadInput(f"Matrice des compétences incomplète : il manque {', '.join(sorted(missing))}.")
    return by_act


def competence(act: Act, day: date, choices: Sequence[LocalChoiceTerms] = ()) -> Competence:
    """Return who is competent for an act on a day, the group's own choice included where the texts allow one.

    Raises `BadInput` for a day before the first value: nothing is known of it.
    """
    legal = [value for value in matrix()[act].values if value.since <= day]
    if not legal:
        raise BadInput(
            f"{act.label} : aucune règle de compétence n'est connue au {day:%d/%m/%Y} "
            f"(la matrice commence au {matrix()[act].values[0].since:%d/%m/%Y})."
        )
    current = max(legal, key=lambda value: value.since)
    own = [choice for choice in choices if choice.act is Act(act) and choice.since <= day]
    if not own or not current.local_choice:
        return current
    latest = max(own, key=lambda choice: choice.since)
    return current.model_copy(
        update={"kind": EstablishmentKind(latest.kind), "status": "local", "note": latest.reason}
    )
