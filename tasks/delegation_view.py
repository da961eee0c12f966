"""The register of delegations as the pages show it, and the answer to « qui peut signer ? »."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel

from tasks import delegation_register, delegations, people
from tasks.delegation_register import Line
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
        found = delegation_register.lines(session, on, everything=True)
    return sorted(found, key=lambda one: (not one.en_vigueur, one.reference))


def who_may(act: str, amount: Decimal, family: str, on: date) -> list[Signatory]:
    """Return everyone who may sign an act for the group on a day; refuses an act that does not exist."""
    with reading() as session:
        support = people.support(session).siret
        able = delegations.signatories(session, act, amount, family, support, on)
        return [
            Signatory(
                name=one.name,
                function=one.function,
                ground=said.reason,
                reserves=said.reserves,
            )
            for one in able
            if (said := delegations.verdict(session, one.email, act, amount, family, support, on)).allowed
        ]
