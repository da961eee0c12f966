"""Circuits drive the gates: who is asked, in which order, from which amount, and who replaces whom."""

import pytest
from sqlmodel import select

from models.errors import AlreadyDone, NotAllowed
from models.organisation.group import RoleGrant
from models.outbox import Dispatch, Message
from models.signing.acts import Absence
from tasks import clock
from tasks.loading.file import load_organisation_text
from tasks.runs import segments
from tasks.store import reading, transaction
from tasks.views import status
from tests.signing_scene import DEMO, DIRECTOR, LEGAL, PURCHASING, sign, signatures, waiting

ADMINISTRATOR = "emma.roux@ch-rocheval.invalid"
ORDERED = """
[[circuits]]
nom = "Perfusion"
acte = "lancement"
famille = "perfusion"
a_partir_de = 90000
debut = 2018-01-01
visas = [
  { rang = 1, role = "prescripteur" },
  { rang = 1, role = "controleur_gestion" },
  { rang = 2, role = "juriste", personne = "%s", suppleant = "%s" },
]
"""
AWARD = """
[[circuits]]
nom = "Attribution"
acte = "attribution"
a_partir_de = 216000
debut = 2018-01-01
visas = [{ rang = 1, role = "juriste" }]
"""


@pytest.fixture
def group(home):
    text = DEMO.read_text(encoding="utf-8")
    load_organisation_text(text + ORDERED % (LEGAL, ADMINISTRATOR) + AWARD, "ght.toml")


def person(role):
    with reading() as session:
        return session.exec(select(RoleGrant.person_email).where(RoleGrant.role == role)).first()


def awaited(ref):
    return [(one.role, one.holders) for one in status.status(ref).awaiting]


def roles(ref):
    return [one.role for one in status.status(ref).awaiting]


def test_under_the_amount_the_ordinary_visas_of_the_process_are_asked(group):
    ref = waiting(amount="89999.99", stage="review")

    assert roles(ref) == ["Prescripteur ou Pharmacien", "Cellule juridique"]


def test_from_the_amount_the_circuit_opens_its_ranks_in_order(group):
    ref = waiting(amount="90000", stage="review")
    assert roles(ref) == ["Prescripteur", "Contrôleur de gestion"]
    assert [task.ask for task in status.to_do(LEGAL)] == []

    with pytest.raises(NotAllowed, match="Sophie Lambert répondra ensuite : on attend d'abord Prescripteur"):
        sign(ref, LEGAL)
    sign(ref, person("controleur_gestion"))
    assert roles(ref) == ["Prescripteur"]
    with pytest.raises(AlreadyDone):
        sign(ref, person("controleur_gestion"))
    outcome = sign(ref, person("prescripteur"))
    assert outcome.reste_attendu == 1
    assert awaited(ref) == [("Cellule juridique (Sophie Lambert)", [LEGAL])]
    assert sign(ref, LEGAL).etape_suivante == "Validation du DCE"


def test_the_people_of_a_rank_are_written_to_when_their_turn_comes(group):
    ref = waiting(amount="90000", stage="review")

    def written():
        segments.tell.fn(segments.place(ref))
        with reading() as session:
            return sorted(session.exec(select(Message.to).where(Message.ref == ref)).all())

    first = written()
    assert LEGAL not in first
    assert person("controleur_gestion") in first
    sign(ref, person("prescripteur"))
    sign(ref, person("controleur_gestion"))
    with reading() as session:
        assert [key for key in session.exec(select(Dispatch.key)) if key.endswith(":rang:2")]
    assert set(written()) - set(first) == {LEGAL}


def test_the_replacement_gives_the_visa_while_the_person_is_away_and_only_then(group):
    ref = waiting(amount="90000", stage="review")
    sign(ref, person("prescripteur"))
    sign(ref, person("controleur_gestion"))
    with pytest.raises(NotAllowed, match="Emma Roux ne peut pas répondre ici"):
        sign(ref, ADMINISTRATOR)
    with transaction() as session:
        session.add(Absence(person_email=LEGAL, from_on=clock.today(), until_on=clock.today()))

    assert awaited(ref) == [("Cellule juridique (Sophie Lambert)", [ADMINISTRATOR])]
    with pytest.raises(NotAllowed):
        sign(ref, LEGAL)
    assert sign(ref, ADMINISTRATOR).etape_suivante == "Validation du DCE"


def test_a_request_for_changes_at_the_first_rank_settles_and_opens_the_circuit_again(group):
    ref = waiting(amount="90000", stage="review")

    assert sign(ref, person("prescripteur"), "change").etape_suivante == "Rédaction du DCE commun"


def test_a_circuit_of_the_award_puts_its_visas_before_the_signature(group):
    ref = waiting(amount="216000")
    assert roles(ref) == ["Cellule juridique"]

    with pytest.raises(NotAllowed, match="Hélène Marchand répondra ensuite"):
        sign(ref, DIRECTOR)
    sign(ref, LEGAL)
    assert signatures(ref) == []
    sign(ref, DIRECTOR)
    assert [row.act for row in signatures(ref)] == ["attribution"]


def test_who_gives_a_visa_declares_nothing_without_follow_up(group):
    ref = waiting(amount="216000")

    with pytest.raises(NotAllowed, match="Sophie Lambert ne peut pas signer"):
        sign(ref, LEGAL, "refuse")
    with pytest.raises(NotAllowed, match="Peuvent signer : Hélène Marchand"):
        sign(ref, PURCHASING, "refuse")
    sign(ref, DIRECTOR, "refuse")
    assert [row.act for row in signatures(ref)] == ["sans_suite"]


def test_the_end_of_an_analysis_without_follow_up_takes_the_power_to_sign_it(group):
    ref = waiting(amount="150000", stage="analysis")

    with pytest.raises(NotAllowed, match=r"Déclaration sans suite|aucune délégation"):
        sign(ref, "julie.perrin@ch-rocheval.invalid", "refuse")
    sign(ref, PURCHASING, "refuse")
    (row,) = signatures(ref)
    assert (row.act, row.stage, row.delegation) == ("sans_suite", "analysis", "DS-2018-01")
