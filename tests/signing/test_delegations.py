"""The question of signature, asked of a database that holds the imaginary group."""

from datetime import date
from decimal import Decimal

import pytest

from models.errors import BadInput
from models.organisation.group import Establishment, Person, Role, RoleGrant
from models.signing.acts import Absence, ConflictDeclaration, Delegation, FunctionHeld
from tasks.signing import power
from tasks.store import reading, transaction
from tests.delegation_world import CASES, SIRETS, register

DAY = date(2026, 3, 2)
CHU = SIRETS["CHU"]


@pytest.fixture
def group(home):
    fill()


def fill() -> None:
    """Write the imaginary group of the cases."""
    world = register()
    with transaction() as session:
        session.add_all(
            Establishment(siret=house.siret, name=house.name, kind=house.kind)
            for house in world.houses.values()
        )
        session.flush()
        session.add_all(
            Person(
                email=agent.email,
                name=agent.name,
                establishment_siret=agent.establishment,
                active_until=agent.active_until,
            )
            for agent in world.agents.values()
        )
        session.flush()
        session.add_all(FunctionHeld(**held.model_dump()) for held in world.functions)
        session.add_all(Delegation(**one.model_dump()) for one in world.delegations)
        session.add_all(Absence(**one.model_dump()) for one in world.absences)


def ask(person, act="signature_marche", amount="10000", on=DAY, ref=None):
    with reading() as session:
        return power.verdict(session, person, power.question(act, Decimal(amount), "medic", CHU, on, ref))


def test_the_database_answers_like_the_table_of_cases(group):
    for _, person, act, amount, family, house, day, expected, reference in CASES["cas"]:
        with reading() as session:
            engaged = Decimal(amount.replace(" ", "").replace(",", "."))
            asked = power.question(act, engaged, family, SIRETS[house], day)
            found = power.verdict(session, person, asked)
        assert (found.code, found.delegation or "") == (expected, reference)


def test_signatories_are_people_delegates_first(group):
    with reading() as session:
        found = power.signatories(session, power.question("attribution", Decimal(50_000), "imag", CHU, DAY))

    assert [person.name for person in found] == ["Marc Lefèvre", "Sophie Leroy", "Claire Morel"]


def test_a_conflict_bars_on_its_own_procurement_only(group):
    with transaction() as session:
        session.add(
            ConflictDeclaration(
                ref="2026-001",
                person_email="morel@chu.fr",
                has_conflict=True,
                detail="Frère salarié d'un candidat",
                declared_on=DAY,
            )
        )

    assert ask("morel@chu.fr", ref="2026-001").code == "conflict_of_interest"
    assert ask("morel@chu.fr", ref="2026-002").allowed
    assert ask("lefevre@chu.fr", ref="2026-001").allowed


def test_a_house_without_dated_director_takes_the_holder_of_the_role(group):
    with transaction() as session:
        session.add_all(
            RoleGrant(person_email=email, role=Role.DIRECTOR, establishment_siret=siret)
            for email, siret in (("weber@iles.fr", SIRETS["ILES"]), ("martin@chu.fr", CHU))
        )

    with reading() as session:
        asked = power.question("bon_de_commande", Decimal(10), "medic", SIRETS["ILES"], DAY)
        orders = power.verdict(session, "weber@iles.fr", asked)
    assert orders.own_power
    assert (
        ask("martin@chu.fr").code == "no_delegation"
    )  # the CHU dates its directors: the role alone is not enough


def test_unknown_act_and_negative_amount_are_refused(group):
    with pytest.raises(BadInput, match="Acte « vente » inconnu"):
        ask("morel@chu.fr", act="vente")
    with pytest.raises(BadInput, match="négatif"):
        ask("morel@chu.fr", amount="-1")
