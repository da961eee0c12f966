"""A delegation is power: a session alone gives none, its giver does not publish it, a member's head shows nothing."""

import json

import pyotp
import pytest
from sqlmodel import select

from flows.__main__ import app
from flows.commands.application import run
from models.access.accounts import Account
from models.access.proofs import CodeEnrolment
from models.organisation.group import Role, RoleGrant
from models.signing.acts import Delegation, FunctionHeld
from tasks import clock
from tasks.access import proofs, service, sessions
from tasks.delegations import entry
from tasks.store import reading, transaction
from tests.portal_scene import (
    BUYER,
    DIRECTOR,
    LEGAL,
    MEMBER,
    PASSWORD,
    PRESCRIBER,
    PURCHASING,
    inside,
    proof,
)

SUPPORT, MEMBER_HOUSE = "26990001500018", "26990002300012"
OWN = {"reference": "DS-A", "fonction": "Acheteuse", "actes": "attribution"}


def given():
    return OWN | {"delegataire": BUYER, "debut": clock.today().isoformat()}


def row(reference="DS-A"):
    with reading() as session:
        return session.exec(select(Delegation).where(Delegation.reference == reference)).first()


@pytest.mark.parametrize("left_out", ["preuve_mot_de_passe", "preuve_code", "both", "wrong"])
def test_a_session_alone_gives_no_delegation(group, left_out):
    browser = inside(DIRECTOR)
    fields = {"both": {}, "wrong": {**proof(DIRECTOR), "preuve_mot_de_passe": "autre chose"}}.get(
        left_out
    ) or {name: value for name, value in proof(DIRECTOR).items() if name != left_out and left_out != "both"}
    answer = browser.submit("/delegations/donner", "/compte", confirme="oui", **given(), **fields)
    assert answer.status_code == 403
    assert row() is None


def test_who_has_no_telephone_gives_no_delegation(group):
    browser = inside(DIRECTOR)
    fields = proof(DIRECTOR)
    with transaction() as session:
        session.delete(session.get_one(CodeEnrolment, DIRECTOR))
    answer = browser.submit("/delegations/donner", "/compte", confirme="oui", **given(), **fields)
    assert (answer.status_code, "inscrivez d&#39;abord votre téléphone" in answer.text) == (403, True)
    assert row() is None


def test_a_session_alone_ends_none_and_changes_none(group):
    browser = inside(DIRECTOR)
    today = clock.today().isoformat()
    ended = browser.submit(
        "/delegations/finir", "/compte", ref="DS-2018-01", jour=today, motif="x", confirme="oui"
    )
    changed = browser.submit(
        "/delegations/donner", "/compte", confirme="oui", remplace="DS-2018-01", **given()
    )
    assert (ended.status_code, changed.status_code) == (403, 403)
    assert row("DS-2018-01").revoked_on is None


def test_the_giver_does_not_enter_the_formalities_on_which_it_hangs(group):
    browser = inside(DIRECTOR)
    today = clock.today().isoformat()
    typed = {"publication": today, "transmission_comptable": today, "specimen": today}
    told = given() | {"confirme": "oui"} | proof(DIRECTOR)
    assert browser.submit("/delegations/donner", "/compte", **told, **typed).status_code == 303
    found = row()
    assert (found.published_on, found.transmitted_accountant_on, found.specimen_on) == (None, None, None)
    asked = {"ref": "DS-A", "publication": today}
    assert browser.submit("/delegations/formalites", "/compte", **asked).status_code == 403
    assert inside(BUYER).submit("/delegations/formalites", "/compte", **asked).status_code == 403
    assert inside(LEGAL).submit("/delegations/formalites", "/compte", **asked).status_code == 303
    assert row().published_on == clock.today()


def delegate(giver, receiver, acts, **more):
    today = clock.today().isoformat()
    words = {
        "reference": "DS-B", "delegant": giver, "delegataire": receiver, "fonction": "Agent", "actes": acts,
        "debut": today, "publication": today, "transmission_comptable": today, **more,
    }  # fmt: skip
    entry.add(words, "achats")


def sight(email):
    with reading() as session:
        return sessions.viewer_of(session, email).runs_purchases


def test_the_head_of_a_member_gives_no_sight_of_the_tenders(group):
    with transaction() as session:
        house = session.exec(select(RoleGrant).where(RoleGrant.person_email == MEMBER)).first()
        siret = house.establishment_siret
        session.add(RoleGrant(person_email=MEMBER, role=Role.DIRECTOR, establishment_siret=siret))
        session.add(
            FunctionHeld(
                person_email=MEMBER, role=Role.DIRECTOR, title="Directrice", establishment_siret=siret,
                started_on=clock.today().replace(year=2020, day=1),
            )
        )  # fmt: skip
    delegate(MEMBER, PRESCRIBER, "lancement,attribution,signature_marche", rattachement="mise_a_disposition")
    assert not sight(PRESCRIBER)


@pytest.mark.parametrize(
    ("changes", "is_seen"),
    [
        ({}, True),
        ({"actes": "bon_de_commande"}, False),
        ({"publication": None}, False),
        ({"etablissements": "990000028"}, False),
        ({"familles": "perfusion", "plafond": "1"}, True),
        ({"en_l_absence_de": PURCHASING}, False),
    ],
)
def test_sight_follows_a_delegation_that_suffices_for_an_act_of_the_group(group, changes, is_seen):
    assert not sight(PRESCRIBER)
    delegate(DIRECTOR, PRESCRIBER, changes.pop("actes", "attribution"), **changes)
    assert sight(PRESCRIBER) is is_seen


@pytest.fixture
def in_service(group):
    """The group in service, its director and its legal officer with the keys and telephones they took themselves."""
    with transaction() as session:
        held = {}
        for email in (DIRECTOR, LEGAL, PURCHASING):
            session.merge(Account(person_email=email, created_at=clock.now()))
            session.flush()
            key = proofs.issue_key(session, email, is_own=True).get_secret_value()
            secret = proofs.enrol_totp(session, email, is_own=True).secret.get_secret_value()
            held[email] = (key, pyotp.TOTP(secret))
    service.put_in_service("essai")
    return held


def achats(capsys, *words):
    capsys.readouterr()
    code = run(app, list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


def adding(*more):
    return (
        "delegation", "ajouter", "--reference", "DS-9", "--delegant", DIRECTOR, "--delegataire", BUYER,
        "--fonction", "Acheteuse", "--actes", "attribution", "--debut", clock.today().isoformat(), *more,
    )  # fmt: skip


def test_in_service_the_command_line_gives_nothing_without_the_key_and_code_of_the_giver(in_service, capsys):
    key, totp = in_service[DIRECTOR]
    other, _ = in_service[LEGAL]
    refused = [
        adding(),
        adding("--par", DIRECTOR),
        adding("--par", DIRECTOR, "--cle", key),
        adding("--par", DIRECTOR, "--cle", other, "--code", totp.now()),
        adding("--par", LEGAL, "--cle", other, "--code", totp.now()),
        adding(
            "--par", DIRECTOR, "--cle", key, "--code", totp.now(), "--publication", clock.today().isoformat()
        ),
    ]
    for words in refused:
        assert achats(capsys, *words)[0] == 2
    assert row("DS-9") is None
    assert achats(capsys, *adding("--par", DIRECTOR, "--cle", key, "--code", totp.now()))[0] == 0
    assert row("DS-9").published_on is None


def test_in_service_formalities_come_from_a_second_person(in_service, capsys):
    key, totp = in_service[DIRECTOR]
    assert achats(capsys, *adding("--par", DIRECTOR, "--cle", key, "--code", totp.now()))[0] == 0
    words = ("delegation", "formalites", "DS-9", "--publication", clock.today().isoformat())
    assert achats(capsys, *words)[0] == 2
    assert achats(capsys, *words, "--par", DIRECTOR, "--cle", key, "--code", totp.now())[0] == 2
    key, totp = in_service[LEGAL]
    code, out, _ = achats(capsys, *words, "--par", LEGAL, "--cle", key, "--code", totp.now(), "--json")
    assert (code, json.loads(out)["resultat"]) == (0, "complétée")
    revoke = ("delegation", "revoquer", "DS-9", "--motif", "Départ", "--par", LEGAL, "--cle", key)
    assert achats(capsys, *revoke, "--code", totp.now())[0] == 2


def test_a_fresh_proof_never_repeats_what_was_typed(group):
    browser = inside(DIRECTOR)
    fields = proof(DIRECTOR) | {"preuve_code": "000000"}
    answer = browser.submit("/delegations/donner", "/compte", confirme="oui", **given(), **fields)
    assert answer.status_code == 403
    assert PASSWORD not in answer.text
