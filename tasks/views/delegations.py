"""The register of delegations as the pages show it, and the answer to « qui peut signer ? »."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import select

from models.organisation.group import Establishment, Family, Person
from models.signing.acts import Delegation
from tasks.delegations import register
from tasks.delegations.register import Line
from tasks.organisation import people
from tasks.signing import power
from tasks.store import reading


class Signatory(BaseModel):
    """Someone who may sign, and on what power."""

    name: str
    function: str
    ground: str
    reserves: str


def lines(on: date) -> list[Line]:
    """Return the delegations with their state on a day, those in force first."""
    with reading() as session:
        found = register.lines(session, on, everything=True)
    return sorted(found, key=lambda one: (not one.en_vigueur, one.reference))


class Formality(BaseModel):
    """A formality of a delegation: the day it was done, None while it is not."""

    name: str
    label: str
    on: date | None


class Sheet(BaseModel):
    """One delegation as its page shows it; names instead of addresses."""

    line: Line
    delegator: str
    delegate: str
    replaces: str
    decided_on: date | None
    revocation_reason: str
    families: list[str]
    houses: list[str]
    formalities: list[Formality]


LABELS = {
    "notified_on": ("notification", "Notification au délégataire"),
    "published_on": ("publication", "Publication"),
    "transmitted_council_on": ("transmission_conseil", "Communication au conseil de surveillance"),
    "transmitted_accountant_on": ("transmission_comptable", "Transmission au comptable"),
    "specimen_on": ("specimen", "Dépôt du spécimen de signature"),
}


def sheet(reference: str, on: date) -> Sheet | None:
    """Return one delegation of the register, or None when there is none of that reference."""
    with reading() as session:
        row = session.exec(select(Delegation).where(Delegation.reference == reference)).first()
        if row is None:
            return None
        names = dict(session.exec(select(Person.email, Person.name)).all())
        families = dict(session.exec(select(Family.code, Family.label)).all())
        houses = dict(session.exec(select(Establishment.siret, Establishment.name)).all())
        return Sheet(
            line=register.line_of(session, row, on),
            delegator=names.get(row.delegator_email, row.delegator_email),
            delegate=names.get(row.delegate_email, row.delegate_email),
            replaces=names.get(row.replaces_email or "", ""),
            decided_on=row.decided_on,
            revocation_reason=row.revocation_reason,
            families=[families.get(code, code) for code in row.families],
            houses=[houses.get(siret, siret) for siret in row.establishments],
            formalities=[
                Formality(name=name, label=label, on=getattr(row, column))
                for column, (name, label) in LABELS.items()
            ],
        )


def next_reference(on: date) -> str:
    """Return a reference that no delegation has yet: « DS-2026-04 »."""
    with reading() as session:
        taken = set(session.exec(select(Delegation.reference)))
    return next(name for rank in range(1, 10_000) if (name := f"DS-{on.year}-{rank:02d}") not in taken)


def content_of(reference: str) -> dict[str, list[str]]:
    """Return what a delegation says with the keys of its form, to write the one that replaces it."""
    with reading() as session:
        row = session.exec(select(Delegation).where(Delegation.reference == reference)).one()
    written = {
        "delegataire": row.delegate_email,
        "fonction": row.function,
        "plafond": "" if row.ceiling is None else str(row.ceiling).replace(".", ","),
        "reserves": row.reserves,
        "rattachement": row.attachment or "",
        "en_l_absence_de": row.replaces_email or "",
        "fin": row.valid_until.isoformat() if row.valid_until else "",
    }
    many: dict[str, list[str]] = {
        "actes": [*row.acts],
        "familles": row.families,
        "etablissements": row.establishments,
    }
    return {**{name: [value] for name, value in written.items() if value}, **many}


def who_may(act: str, amount: Decimal, family: str, on: date) -> list[Signatory]:
    """Return everyone who may sign an act for the group on a day; refuses an act that does not exist."""
    with reading() as session:
        support = people.support(session).siret
        asked = power.question(act, amount, family, support, on)
        return [
            Signatory(
                name=one.name,
                function=one.function,
                ground=said.reason,
                reserves=said.reserves,
            )
            for one in power.signatories(session, asked)
            if (said := power.verdict(session, one.email, asked)).allowed
        ]
