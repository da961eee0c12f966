"""The imaginary group of `cases/delegations.toml`, as the values that the rules take."""

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path

from models.delegations.file import AbsenceEntry, DelegationEntry, FunctionEntry
from models.reading.values import parse_amount
from models.signing.acts import AbsenceTerms, DelegationTerms, FunctionTerms
from models.signing.questions import Agent, House, Question, Register

CASES = tomllib.loads((Path(__file__).parent / "cases" / "delegations.toml").read_text(encoding="utf-8"))
SIRETS = {row["sigle"]: row["siret"] for row in CASES["etablissements"]}


def register(**changes: object) -> Register:
    """Return the register of the imaginary group, with some of its parts replaced."""
    return world().model_copy(update=changes)


@lru_cache
def world() -> Register:
    """Return the register as the file of cases has it."""
    agents = [
        Agent(
            email=row["courriel"],
            name=row["nom"],
            establishment=SIRETS[row["maison"]],
            active_until=row.get("jusqu_au"),
        )
        for row in CASES["personnes"]
    ]
    return Register(
        houses={
            row["siret"]: House(siret=row["siret"], name=row["nom"], kind=row["sorte"])
            for row in CASES["etablissements"]
        },
        agents={agent.email: agent for agent in agents},
        functions=tuple(function(row) for row in CASES["fonctions"]),
        delegations=tuple(delegation(row) for row in CASES["delegations"]),
        absences=tuple(
            AbsenceTerms(**AbsenceEntry.model_validate(row).model_dump()) for row in CASES["absences"]
        ),
    )


def function(row: object) -> FunctionTerms:
    """Return a function as the organisation file writes it."""
    entry = FunctionEntry.model_validate(row)
    return FunctionTerms(
        **entry.model_dump(exclude={"establishment", "title"}),
        title=entry.title or entry.role.label,
        establishment_siret=entry.establishment,
    )


def delegation(row: object) -> DelegationTerms:
    """Return a delegation as the organisation file writes it."""
    entry = DelegationEntry.model_validate(row)
    return entry.terms(entry.establishments)


def question(
    act: str = "signature_marche",
    amount: str = "10 000",
    family: str = "medic",
    house: str = "CHU",
    day: date = date(2026, 3, 2),
) -> Question:
    """Return a question on the imaginary group."""
    return Question(act=act, amount=parse_amount(amount), family=family, establishment=SIRETS[house], day=day)
