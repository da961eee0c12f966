"""Once in service, who runs the commands answers, signs and proves nothing in the place of somebody else."""

import pyotp
import pytest

from flows.__main__ import app
from flows.commands.application import run
from models.access.proofs import CodeEnrolment, Means
from models.errors import NotAllowed
from tasks.access import accounts, proofs, service
from tasks.access.proofs import Credentials
from tasks.gates import decisions
from tasks.gates.decisions import Reply
from tasks.store import transaction
from tests.portal_scene import BUYER, LEGAL, PURCHASING, inside, proof
from tests.signing_scene import sign, signatures, waiting


@pytest.fixture
def achats(group, capsys):
    def call(*words):
        capsys.readouterr()
        code = run(app, list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def own(email):
    """Return the key and the telephone that a person took herself in the pages."""
    browser = inside(email)
    fields = proof(email)
    page = browser.submit("/compte/cles", "/compte", **fields)
    key = page.text.partition('<code class="lien">')[2].partition("</code>")[0]
    assert key.startswith("achats."), page.text[:400]
    with transaction() as session:
        secret = proofs.enrol_totp(session, email, is_own=True).secret.get_secret_value()
        session.get_one(CodeEnrolment, email).last_step = 0
    return key, pyotp.TOTP(secret)


def test_in_a_trial_the_command_line_answers_for_everybody(achats):
    ref = waiting()
    assert achats("decider", ref, "--personne", PURCHASING, "--reponse", "approve")[0] == 0
    assert [one.means for one in signatures(ref)] == [Means.DECLARED]


def test_in_service_it_answers_for_nobody_and_signs_for_nobody(achats):
    signed, visaed = waiting(), waiting("2026-002", stage="strategy")
    service.put_in_service("essai")
    for ref, answer in ((signed, "approve"), (visaed, "abandon")):
        code, _, err = achats("decider", ref, "--personne", PURCHASING, "--reponse", answer)
        assert (code, "en service" in err) == (2, True)
    assert signatures(signed) == []
    assert decisions.answered(visaed) == []


def test_in_service_a_person_signs_with_the_key_and_the_code_that_she_took_herself(achats):
    ref = waiting()
    service.put_in_service("essai")
    key, totp = own(PURCHASING)
    words = ("decider", ref, "--personne", PURCHASING, "--reponse", "approve", "--cle", key)
    assert achats(*words)[0] == 2
    assert achats(*words, "--code", totp.now())[0] == 0
    assert [one.means for one in signatures(ref)] == [Means.KEY_AND_CODE]


def test_in_service_she_answers_with_her_key_alone_what_is_no_signature(achats):
    ref = waiting("2026-002", stage="strategy")
    service.put_in_service("essai")
    key, _ = own(PURCHASING)
    words = (
        "decider",
        ref,
        "--personne",
        PURCHASING,
        "--reponse",
        "abandon",
        "--champ",
        "motif=Besoin disparu",
    )
    assert achats(*words)[0] == 2
    assert achats(*words, "--cle", own(BUYER)[0])[0] == 2
    assert achats(*words, "--cle", key)[0] == 0


def test_in_service_the_pages_sign(group):
    ref = waiting()
    service.put_in_service("essai")
    sign(ref, PURCHASING, credentials=Credentials(has_logged_in=True))
    assert [one.means for one in signatures(ref)] == [Means.LOGIN]


def test_a_token_answers_and_never_signs(group):
    service.put_in_service("essai")
    with pytest.raises(NotAllowed, match="en service"):
        sign(waiting(), PURCHASING, credentials=Credentials(has_token=True))
    ref = waiting("2026-002", stage="strategy")
    decisions.decide(
        ref,
        Reply(
            person=PURCHASING,
            answer="abandon",
            fields={"motif": "x"},
            credentials=Credentials(has_token=True),
        ),
    )


@pytest.mark.parametrize(
    "words",
    [
        ("utilisateur", "cle", "--personne", PURCHASING),
        ("utilisateur", "code", "--personne", PURCHASING),
        ("conflit", "declarer", "2026-001", "--personne", PURCHASING, "--nature", "neant"),
        ("webhook", "ajouter", "https://outil.example.com/x", "--personne", PURCHASING),
    ],
)
def test_in_service_the_command_line_gives_itself_no_means_of_a_person(achats, words):
    waiting()
    assert achats(*words)[0] == 0
    service.put_in_service("essai")
    assert achats(*words)[0] == 2


@pytest.mark.parametrize("path", ["/compte/cles", "/compte/jetons"])
def test_a_session_left_open_takes_neither_key_nor_token(group, path):
    browser = inside(LEGAL)
    fields = proof(LEGAL)
    asked = {"nom": "outil", "jours": "30", "portee": "lire"}
    for given in ({}, {**fields, "preuve_code": "000000"}, {**fields, "preuve_mot_de_passe": "faux"}):
        assert browser.submit(path, "/compte", **asked, **given).status_code == 400
    assert browser.submit(path, "/compte", **asked, **proof(LEGAL)).status_code == 200


def test_a_key_of_her_own_is_withdrawn_in_her_page_and_in_no_other(group):
    key, _ = own(LEGAL)
    number = key.split(".")[1]
    assert inside(BUYER).submit("/compte/cles/retirer", "/compte", numero=number).status_code == 400
    assert accounts.real_now()
    assert inside(LEGAL).submit("/compte/cles/retirer", "/compte", numero=number).status_code == 200
    assert number not in inside(LEGAL).get("/compte").text
