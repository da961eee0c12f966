"""Proof of identity as a security reviewer would try it: codes replayed, borrowed, stale; keys; locks; leaks."""

import stat
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlmodel import select

from models.access.proofs import CodeEnrolment, Means, PersonalKey, Proof, SignaturePolicy
from models.errors import BadInput, NotAllowed, Refused
from models.journal import JournalLine
from tasks.access import proofs, sealed_secrets
from tasks.access.proofs import Credentials
from tasks.settings import settings
from tasks.store import reading, transaction
from tests.signing.test_delegations import fill

NOON = datetime(2026, 3, 2, 12, 0, 10, tzinfo=UTC)
MOREL, ROUX = "morel@chu.fr", "roux@val.fr"


@pytest.fixture
def secret(home):
    fill()
    with transaction() as session:
        enrolment = proofs.enrol_totp(session, MOREL)
    return enrolment.secret.get_secret_value()


def code(secret, at=NOON):
    return SecretStr(pyotp.TOTP(secret).at(at))


def seconds(number):
    return NOON + timedelta(seconds=number)


def test_a_code_works_once(secret):
    proofs.check_code(MOREL, code(secret), NOON)

    with pytest.raises(NotAllowed, match="déjà utilisé"):
        proofs.check_code(MOREL, code(secret), seconds(5))


@pytest.mark.parametrize(
    ("made_at", "accepted"),
    [
        pytest.param(-31, True, id="phone one step late"),
        pytest.param(0, True, id="same step"),
        pytest.param(30, True, id="phone one step ahead"),
        pytest.param(-61, False, id="two steps late"),
        pytest.param(60, False, id="two steps ahead"),
        pytest.param(-3600, False, id="an hour old"),
    ],
)
def test_the_clock_may_be_one_step_off_no_more(secret, made_at, accepted):
    given = code(secret, seconds(made_at))

    if accepted:
        proofs.check_code(MOREL, given, NOON)
    else:
        with pytest.raises(NotAllowed, match="Code faux"):
            proofs.check_code(MOREL, given, NOON)


def test_after_a_code_the_code_of_the_step_before_is_dead(secret):
    proofs.check_code(MOREL, code(secret), NOON)

    with pytest.raises(NotAllowed):
        proofs.check_code(MOREL, code(secret, seconds(-30)), seconds(1))
    proofs.check_code(MOREL, code(secret, seconds(30)), seconds(30))


def test_the_code_of_another_person_is_refused(secret):
    with transaction() as session:
        other = proofs.enrol_totp(session, ROUX).secret.get_secret_value()

    with pytest.raises(NotAllowed, match="Code faux"):
        proofs.check_code(MOREL, code(other), NOON)
    proofs.check_code(ROUX, code(other), NOON)


def test_five_wrong_codes_lock_a_quarter_of_an_hour_even_for_the_right_one(secret):
    for left in (4, 3, 2, 1):
        with pytest.raises(NotAllowed, match=f"{left} essais restants"):
            proofs.check_code(MOREL, SecretStr("000000"), NOON)
    with pytest.raises(NotAllowed, match="13:15"):
        proofs.check_code(MOREL, SecretStr("000000"), NOON)

    just_before, after = NOON + timedelta(minutes=14, seconds=59), NOON + timedelta(minutes=15)
    with pytest.raises(NotAllowed, match="13:15"):
        proofs.check_code(MOREL, code(secret, just_before), just_before)
    proofs.check_code(MOREL, code(secret, after), after)


def test_a_right_code_forgets_the_wrong_ones(secret):
    for _ in range(4):
        with pytest.raises(NotAllowed):
            proofs.check_code(MOREL, SecretStr("000000"), NOON)
    proofs.check_code(MOREL, code(secret), NOON)

    with pytest.raises(NotAllowed, match="4 essais"):
        proofs.check_code(MOREL, SecretStr("000000"), NOON)


def test_the_lock_of_one_person_does_not_touch_another(secret):
    with transaction() as session:
        other = proofs.enrol_totp(session, ROUX).secret.get_secret_value()
    for _ in range(5):
        with pytest.raises(NotAllowed):
            proofs.check_code(MOREL, SecretStr("111111"), NOON)

    proofs.check_code(ROUX, code(other), NOON)


@pytest.mark.parametrize("given", ["", "abcdef", "12345", "1234567", "٤٢٣١٥٦", "é" * 6])
def test_what_is_not_a_code_is_wrong_and_breaks_nothing(secret, given):
    with pytest.raises(NotAllowed, match="Code faux"):
        proofs.check_code(MOREL, SecretStr(given), NOON)


def test_enrolling_again_kills_the_former_secret(secret):
    with transaction() as session:
        fresh = proofs.enrol_totp(session, MOREL).secret.get_secret_value()

    with pytest.raises(NotAllowed):
        proofs.check_code(MOREL, code(secret), NOON)
    proofs.check_code(MOREL, code(fresh), NOON)


def test_nobody_enrolled_and_nobody_known(home):
    fill()
    with pytest.raises(NotAllowed, match="Aucun code"):
        proofs.check_code(MOREL, SecretStr("000000"), NOON)
    with transaction() as session, pytest.raises(BadInput, match="Personne inconnue"):
        proofs.enrol_totp(session, "nul@chu.fr")


def issue(email):
    with transaction() as session:
        return proofs.issue_key(session, email)


def check(email, key):
    with reading() as session:
        proofs.check_key(session, email, key)


def test_a_personal_key_opens_for_its_person_until_it_is_revoked(secret):
    key = issue(MOREL)
    check(MOREL, key)

    for email, given in [
        (ROUX, key),
        (MOREL, SecretStr(key.get_secret_value()[:-1])),
        (MOREL, SecretStr("achats.0000000000000000.rien")),
        (MOREL, SecretStr("")),
        (MOREL, SecretStr(key.get_secret_value().replace("achats", "autre"))),
    ]:
        with pytest.raises(NotAllowed, match="Clé personnelle inconnue"):
            check(email, given)
    with transaction() as session:
        proofs.revoke_key(session, key.get_secret_value().split(".")[1])
    with pytest.raises(NotAllowed):
        check(MOREL, key)


def test_policy_code_asks_for_both_and_declaration_says_that_nothing_was_proven(secret):
    assert proofs.prove(MOREL, Credentials()) is Means.DECLARED
    with transaction() as session:
        session.add(SignaturePolicy(id=1, proof=Proof.CODE))
    key = issue(MOREL)

    for given in (Credentials(), Credentials(key=key), Credentials(code=SecretStr("000000"))):
        with pytest.raises(NotAllowed, match="preuve d'identité"):
            proofs.prove(MOREL, given)
    with pytest.raises(NotAllowed, match="Clé personnelle"):
        proofs.prove(MOREL, Credentials(key=issue(ROUX), code=SecretStr("000000")))
    with pytest.raises(NotAllowed, match="Code faux"):
        proofs.prove(MOREL, Credentials(key=key, code=SecretStr("000000")))
    now = SecretStr(pyotp.TOTP(secret).now())
    assert proofs.prove(MOREL, Credentials(key=key, code=now)) is Means.KEY_AND_CODE


def test_no_secret_is_readable_in_the_database_the_journal_or_a_message(secret, home):
    key = issue(MOREL)
    given = code(secret)
    refusals = []
    for attempt in (given, given, SecretStr("000000")):
        try:
            proofs.check_code(MOREL, attempt, NOON)
        except Refused as refusal:
            refusals.append(str(refusal))
    canaries = [secret, key.get_secret_value(), key.get_secret_value().split(".")[2]]

    with reading() as session:
        rows = [*session.exec(select(CodeEnrolment)), *session.exec(select(PersonalKey))]
        lines = list(session.exec(select(JournalLine)))
    seen = [repr(rows), repr(lines), *refusals, repr(Credentials(key=key, code=given))]
    seen += [file.read_bytes().decode("latin-1") for file in home.rglob("*") if file.is_file()]

    assert len(refusals) == 2
    assert not [canary for canary in canaries for text in seen if canary in text]
    assert not [text for text in [*refusals, repr(lines)] if given.get_secret_value() in text]


def test_the_sealing_key_is_private_and_a_changed_one_is_said(secret, monkeypatch):
    kept = settings().home / sealed_secrets.KEY_FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    monkeypatch.setenv("ACHATS_SECRET_KEY", "une autre phrase")
    settings.cache_clear()
    former = kept.read_bytes()
    kept.write_bytes(Fernet.generate_key())  # neither the phrase nor the file is what sealed it
    with pytest.raises(Refused, match="clé de scellement a changé"):
        proofs.check_code(MOREL, code(secret), NOON)
    kept.write_bytes(former)
    assert sealed_secrets.unseal(sealed_secrets.seal("texte")) == "texte"
