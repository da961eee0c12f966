"""Personal keys and one-time codes from the command line: shown once, usable at once, useless once revoked."""

import json
import re

import pyotp
import pytest
from pydantic import SecretStr

from flows.__main__ import app
from flows.commands.application import run
from models.access.proofs import Means, Proof, SignaturePolicy
from models.errors import NotAllowed
from tasks.access import proofs
from tasks.access.proofs import Credentials
from tasks.gates.decisions import Reply, decide
from tasks.store import reading, transaction
from tests.signing_scene import PURCHASING, load, signatures, waiting


@pytest.fixture
def group(home):
    load()
    with transaction() as session:
        session.merge(SignaturePolicy(id=1, proof=Proof.CODE))


def achats(capsys, *words, code=0):
    assert run(app, list(words)) == code
    return capsys.readouterr()


def given(capsys):
    key = json.loads(achats(capsys, "utilisateur", "cle", "--personne", PURCHASING, "--json").out)["cle"]
    uri = json.loads(achats(capsys, "utilisateur", "code", "--personne", PURCHASING, "--json").out)["adresse"]
    return key, pyotp.parse_uri(uri)


def test_a_key_and_a_code_given_by_the_commands_sign(group, capsys, tmp_path):
    ref = waiting()
    key, totp = given(capsys)
    kept = tmp_path / "cle"
    kept.write_text(key, encoding="utf-8")

    words = ("decider", ref, "--personne", PURCHASING, "--reponse", "approve", "--cle", f"@{kept}")
    refused = achats(capsys, *words, code=2).err
    assert key not in refused
    achats(capsys, *words, "--code", totp.now())

    assert [row.means for row in signatures(ref)] == [Means.KEY_AND_CODE]


def test_the_drawing_is_the_address_and_nothing_is_shown_again(group, capsys, home):
    shown = achats(capsys, "utilisateur", "code", "--personne", PURCHASING).out
    secret = re.search(r"secret=([A-Z2-7]+)", shown).group(1)

    assert "█" in shown
    assert secret not in achats(capsys, "utilisateur", "acces", "--personne", PURCHASING).out
    assert secret.encode() not in b"".join(f.read_bytes() for f in home.rglob("*") if f.is_file())


def test_what_is_revoked_signs_no_more(group, capsys):
    ref = waiting()
    key, totp = given(capsys)
    other = json.loads(achats(capsys, "utilisateur", "cle", "--personne", PURCHASING, "--json").out)["cle"]
    number = key.split(".")[1]

    achats(capsys, "utilisateur", "revoquer", "--personne", PURCHASING, "--cle", number)
    credentials = Credentials(key=SecretStr(key), code=SecretStr(totp.now()))
    with pytest.raises(NotAllowed, match="Clé personnelle"):
        decide(ref, Reply(person=PURCHASING, answer="approve", credentials=credentials))
    held = json.loads(achats(capsys, "utilisateur", "acces", "--personne", PURCHASING, "--json").out)
    assert held == {"personne": PURCHASING, "cles": [other.split(".")[1]], "codes": True}

    achats(capsys, "utilisateur", "revoquer", "--personne", PURCHASING)
    with reading() as session:
        assert proofs.access(session, PURCHASING).model_dump() == {
            "personne": PURCHASING,
            "cles": [],
            "codes": False,
        }
    achats(capsys, "utilisateur", "revoquer", "--personne", PURCHASING, code=2)


def test_a_session_on_the_pages_and_a_code_sign_and_the_code_is_asked(group, capsys):
    ref = waiting()
    _, totp = given(capsys)

    with pytest.raises(NotAllowed, match="code à usage unique"):
        decide(ref, Reply(person=PURCHASING, answer="approve", credentials=Credentials(has_logged_in=True)))
    code = SecretStr(totp.now())
    decide(
        ref,
        Reply(person=PURCHASING, answer="approve", credentials=Credentials(has_logged_in=True, code=code)),
    )

    assert [row.means for row in signatures(ref)] == [Means.LOGIN_AND_CODE]
    with pytest.raises(NotAllowed, match="déjà utilisé"):
        proofs.prove(PURCHASING, Credentials(has_logged_in=True, code=code))


def test_without_the_policy_a_session_alone_is_recorded_as_such(home):
    load()

    assert proofs.prove(PURCHASING, Credentials(has_logged_in=True)) is Means.LOGIN
