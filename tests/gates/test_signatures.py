"""Signing at a gate: the right person at the right height, checked in the transaction, recorded once."""

from datetime import date

import pyotp
import pytest
from pydantic import SecretStr

from models.access.proofs import Means, Proof, SignaturePolicy
from models.errors import AlreadyDone, NotAllowed
from models.process.procurement import Document, Lock, Procurement
from models.signing.acts import ConflictDeclaration
from tasks import clock
from tasks.access import proofs
from tasks.access.proofs import Credentials
from tasks.delegations import entry
from tasks.process import transitions
from tasks.signing import takers
from tasks.signing.purchase_powers import Powers
from tasks.store import reading, transaction
from tasks.views import status
from tests.signing_scene import (
    DIRECTOR,
    LEGAL,
    PURCHASING,
    journal_is_valid,
    journal_lines,
    load,
    sign,
    signatures,
    waiting,
)


@pytest.fixture
def group(home):
    load()


def stage(ref):
    with reading() as session:
        return session.get(Procurement, ref).stage


def test_an_award_under_the_ceiling_is_signed_by_the_purchasing_director(group):
    ref = waiting(amount="215999.99")

    sign(ref, PURCHASING)

    (row,) = signatures()
    assert (row.person_email, row.delegation, row.act) == (PURCHASING, "DS-2018-01", "attribution")
    assert (row.means, str(row.amount_ht)) == (Means.DECLARED, "215999.99")
    assert stage(ref) != "award_decision"
    shown = status.status(ref)
    assert shown.proof == "declaration"
    assert [(one.acte, one.personne, one.preuve) for one in shown.signatures] == [
        ("attribution", PURCHASING, "identité déclarée, sans preuve")
    ]
    (line,) = journal_lines("signature")
    assert line.after == row.digest
    assert "identité déclarée, sans preuve" in line.reason
    assert journal_is_valid()


def test_an_award_above_the_ceiling_goes_to_the_director(group):
    ref = waiting(amount="216000")

    with pytest.raises(NotAllowed, match=r"dépasse le plafond de 215.999,99"):
        sign(ref, PURCHASING)
    with reading() as session:
        procurement = session.get(Procurement, ref)
        (seat,) = transitions.seats(session, procurement)
        able = takers.seat_holders(Powers(session, procurement), seat)
    assert [person.email for person in able] == [DIRECTOR]
    assert signatures() == []
    sign(ref, DIRECTOR)

    (row,) = signatures()
    assert (row.delegation, "pouvoir propre" in row.ground) == (None, True)
    (refusal,) = journal_lines("refus")
    assert "dépasse le plafond" in refusal.reason


def test_a_delegation_revoked_between_display_and_click_refuses(group):
    ref = waiting()
    entry.revoke("DS-2018-01", clock.today(), "Nouvelle organisation", DIRECTOR)

    with pytest.raises(NotAllowed, match="abrogée"):
        sign(ref, PURCHASING)

    assert (signatures(), stage(ref)) == ([], "award_decision")


def test_a_declared_conflict_bars_even_the_director(group):
    ref = waiting()
    with transaction() as session:
        session.add(
            ConflictDeclaration(
                ref=ref, person_email=DIRECTOR, has_conflict=True, declared_on=date(2026, 1, 1)
            )
        )

    with pytest.raises(NotAllowed, match="conflit d'intérêts"):
        sign(ref, DIRECTOR)
    sign(ref, PURCHASING)


def test_a_lock_stops_the_signature_of_the_contract(group):
    ref = waiting(stage="contract_signature")
    with transaction() as session:
        session.add(Lock(ref=ref, reason="référé précontractuel", placed_at=clock.now(), placed_by="achats"))

    with pytest.raises(NotAllowed, match="référé précontractuel"):
        sign(ref, DIRECTOR)


def test_the_second_signatory_is_told_who_signed(group):
    ref = waiting()
    sign(ref, PURCHASING)

    with pytest.raises(AlreadyDone, match="Karim Benali"):
        sign(ref, DIRECTOR)
    assert len(signatures()) == 1


def test_without_follow_up_is_an_act_of_its_own(group):
    ref = waiting(amount="50000", stage="contract_signature")

    with pytest.raises(NotAllowed, match="ne couvre pas l'acte : Déclaration sans suite"):
        sign(ref, LEGAL, answer="refuse")
    sign(ref, PURCHASING, answer="refuse")

    (row,) = signatures()
    assert (row.act, row.delegation) == ("sans_suite", "DS-2018-01")


def test_asking_for_a_change_signs_nothing(group):
    ref = waiting()
    sign(ref, PURCHASING, answer="change")

    assert signatures() == []


def test_the_signature_names_the_documents_signed(group):
    ref = waiting(stage="contract_signature")
    papers = [
        Document(
            ref=ref,
            kind="acte_engagement",
            version=1,
            recipient=f"lot {lot}",
            title="Acte d'engagement",
            path=f"documents/{ref}/ae-{lot}.docx",
            sha256=digest,
            bytes=1,
            created_at=clock.now(),
        )
        for lot, digest in ((1, "a" * 64), (2, "b" * 64))
    ]
    with transaction() as session:
        session.add_all(papers)

    sign(ref, PURCHASING)

    (row,) = signatures()
    assert row.document == f"documents/{ref}/ae-1.docx ; documents/{ref}/ae-2.docx"
    # printf '%s  %s\n' aaa… documents/2026-001/ae-1.docx bbb… documents/2026-001/ae-2.docx | sha256sum
    assert row.document_sha256 == "7f888db0036de913580270c32c39c738ac69bb8b339f8e7b589e1d0716b661a1"


@pytest.fixture
def proven(group):
    """A group that asks for proof, and the purchasing director's key and secret."""
    with transaction() as session:
        session.merge(SignaturePolicy(id=1, proof=Proof.CODE))
        key = proofs.issue_key(session, PURCHASING)
        return key, proofs.enrol_totp(session, PURCHASING).secret.get_secret_value()


def test_a_group_that_asks_for_proof_gets_it_and_a_code_signs_once(proven):
    key, secret = proven
    code = SecretStr(pyotp.TOTP(secret).now())
    first, second = waiting("2026-001"), waiting("2026-002")

    with pytest.raises(NotAllowed, match="preuve d'identité"):
        sign(first, PURCHASING)
    with pytest.raises(NotAllowed, match="preuve d'identité"):
        sign(first, PURCHASING, credentials=Credentials(code=code))
    sign(first, PURCHASING, credentials=Credentials(key=key, code=code))
    with pytest.raises(NotAllowed, match="déjà utilisé"):
        sign(second, PURCHASING, credentials=Credentials(key=key, code=code))

    (row,) = signatures()
    assert (row.ref, row.means) == (first, Means.KEY_AND_CODE)
    assert stage(second) == "award_decision"


def test_wrong_codes_count_though_nothing_is_decided_and_leave_no_secret(proven, home):
    key, secret = proven
    ref = waiting()
    for _ in range(5):
        with pytest.raises(NotAllowed):
            sign(ref, PURCHASING, credentials=Credentials(key=key, code=SecretStr("000000")))

    right = Credentials(key=key, code=SecretStr(pyotp.TOTP(secret).now()))
    with pytest.raises(NotAllowed, match="Trop de codes faux"):
        sign(ref, PURCHASING, credentials=right)
    seen = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert key.get_secret_value().encode() not in seen
    assert secret.encode() not in seen
    assert len(journal_lines("refus")) == 6


def test_the_key_of_someone_else_signs_nothing(proven):
    _, secret = proven
    ref = waiting()
    with transaction() as session:
        other = proofs.issue_key(session, LEGAL)

    with pytest.raises(NotAllowed, match="Clé personnelle"):
        sign(ref, PURCHASING, credentials=Credentials(key=other, code=SecretStr(pyotp.TOTP(secret).now())))
    assert signatures() == []
