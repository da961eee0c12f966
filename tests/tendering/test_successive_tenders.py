"""A candidate that tenders again: the last tender in time is opened, the former stays sealed, lot by lot."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from models.errors import BadInput
from models.journal import JournalLine
from models.process.procurement import Item, Procurement, StageVisit, Tender
from models.tendering import envelopes
from tasks import clock
from tasks.access import sealed_boxes
from tasks.award import closing, papers
from tasks.gates.decisions import Reply, decide
from tasks.process import journal_check
from tasks.store import reading, transaction
from tasks.tendering import seals, successive, tenders
from tests import rehearsing
from tests.portal_scene import BUYER, LEGAL
from tests.signing_scene import waiting
from tests.tendering_scene import published

REF = "2026-001"
A = {"nom": "Médiflux SAS", "siret": "73282932000074"}
B = {"nom": "Soins & Dispositifs", "siret": "40483304800022"}


@pytest.fixture
def consultation(group):
    """A purchase of two lots that receives tenders until tomorrow."""
    waiting(REF, "150000", "opening")
    with transaction() as session:
        session.get_one(Procurement, REF).tenders_due_at = clock.now() + timedelta(days=1)
        for lot in (1, 2):
            session.add(Item(ref=REF, code=f"ART-{lot}", lot=lot, label="Article", unit="unité", rank=lot))


def send(who, **prices):
    """Deposit a tender; `lot1="12.34"` is the price of the only item of a lot."""
    lots = [{"lot": int(name[3:]), "prix": {f"ART-{name[3:]}": price}} for name, price in prices.items()]
    return tenders.deposit(REF, json.dumps({"candidat": who, "lots": lots}).encode(), "offre")


def open_all():
    rehearsing.forward(days=2)
    for person in (BUYER, LEGAL):
        decide(REF, Reply(person=person, answer="approve"))


def rows():
    with reading() as session:
        return session.exec(select(Tender).where(Tender.ref == REF).order_by(Tender.number)).all()


def compared():
    with reading() as session:
        found = tenders.priced(session, session.get_one(Procurement, REF))
    return {(one.number, one.lot) for one in found}


def test_the_last_is_opened_and_the_former_stays_sealed_for_ever(consultation):
    send(A, lot1="10.11")
    send(B, lot1="9.99")
    assert send(A, lot1="8.88").remplace == [1]
    open_all()
    first, other, last = rows()
    assert set(first.content[envelopes.SEALED]) == {"1"}
    assert "prix" not in json.dumps(first.content)
    assert "10.11" not in json.dumps([row.content for row in rows()])
    assert other.content["lots"][0]["prix"] == {"ART-1": "9.99"}
    assert last.content["lots"][0]["prix"] == {"ART-1": "8.88"}
    assert compared() == {(2, 1), (3, 1)}


def test_a_lot_that_the_last_tender_leaves_out_is_opened_in_the_former_and_that_lot_alone(consultation):
    send(A, lot1="10.11", lot2="20.22")
    send(A, lot1="8.88")
    open_all()
    first, _ = rows()
    assert first.content["lots"] == [{"lot": 1}, {"lot": 2, "prix": {"ART-2": "20.22"}}]
    assert set(first.content[envelopes.SEALED]) == {"1"}
    assert "10.11" not in json.dumps(first.content)
    assert compared() == {(1, 2), (2, 1)}


def test_a_late_tender_replaces_nothing(consultation):
    send(A, lot1="10.11")
    rehearsing.forward(days=2)
    late = send(A, lot1="1.00")
    assert (late.hors_delai, late.remplace) == (True, [])
    open_all()
    assert compared() == {(1, 1)}


def test_the_same_file_sent_again_is_one_tender_unless_another_came_between(consultation):
    first = send(A, lot1="10.11")
    assert send(A, lot1="10.11") == first
    send(A, lot1="8.88")
    back = send(A, lot1="10.11")
    assert (back.numero, back.remplace) == (3, [1, 2])
    open_all()
    assert compared() == {(3, 1)}


def test_a_late_file_sent_again_in_time_after_an_extension_is_received(consultation):
    rehearsing.forward(days=2)
    assert send(A, lot1="10.11").hors_delai
    with transaction() as session:
        session.get_one(Procurement, REF).tenders_due_at = clock.now() + timedelta(days=1)
    again = send(A, lot1="10.11")
    assert (again.numero, again.hors_delai) == (2, False)


def test_the_journal_says_what_was_replaced_and_the_register_shows_it(consultation):
    send(A, lot1="10.11", lot2="20.22")
    send(A, lot1="8.88")
    send(A, lot1="7.77", lot2="6.66")
    with reading() as session:
        lines = session.exec(
            select(JournalLine)
            .where(JournalLine.subject.startswith("remplacement"))
            .order_by(JournalLine.seq)
        ).all()
        assert [(one.subject, one.after, one.reason[:8]) for one in lines] == [
            ("remplacement de l'offre 1", "offre 2", "lots 1 :"),
            ("remplacement de l'offre 1", "offre 3", "lots 2 :"),
            ("remplacement de l'offre 2", "offre 3", "lots 1 :"),
        ]
        received = session.exec(select(Tender).order_by(Tender.number)).all()
        said = [one.remark.replace("\u00a0", " ") for one in papers.deposits(list(received))]
        assert said == [
            "Remplacé par l'offre n° 3, non ouvert",
            "Remplacé par l'offre n° 3, non ouvert",
            "Complet",
        ]
        assert [one.number for one in successive.in_force(received)] == [3]
    open_all()
    assert journal_check.verified().valide


def test_a_tender_sealed_in_one_envelope_as_before_is_opened_without_its_replaced_lots(consultation):
    send(A, lot1="10.11", lot2="20.22")
    send(A, lot1="8.88")
    with transaction() as session:
        first = session.exec(select(Tender).where(Tender.number == 1)).one()
        key = session.get(seals.TenderSeal, REF).public_key
        whole = {
            "candidat": first.content["candidat"],
            "lots": [{"lot": 1, "prix": {"ART-1": "10.11"}}, {"lot": 2, "prix": {"ART-2": "20.22"}}],
            "commentaire": "",
        }
        sealed = sealed_boxes.encrypt_to(key, json.dumps(whole).encode())
        first.content = {**first.content, envelopes.SEALED: sealed}
        first.commitments = {}  # nothing bound a tender then
    open_all()
    assert "10.11" not in json.dumps(rows()[0].content)
    assert compared() == {(1, 2), (2, 1)}


def test_a_lot_given_twice_in_one_file_is_refused(consultation):
    content = {"candidat": A, "lots": [{"lot": 1, "prix": {"ART-1": price}} for price in ("1", "2")]}
    with pytest.raises(BadInput, match="deux fois"):
        tenders.deposit(REF, json.dumps(content).encode(), "offre")


def test_a_procedure_that_ends_writes_once_to_each_candidate(group):
    ref = published()
    content = tenders.example(ref).model_dump(mode="json", by_alias=True)
    for who, price in ((A, "1.00"), (A, "2.00"), (B, "3.00")):
        lots = [{**lot, "prix": dict.fromkeys(lot["prix"], price)} for lot in content["lots"]]
        tenders.deposit(ref, json.dumps({"candidat": who, "lots": lots}).encode(), "offre")
    with transaction() as session:
        session.get_one(Procurement, ref).stage = "unsuccessful"
        session.add(StageVisit(ref=ref, stage="unsuccessful", visit=1, entered_at=clock.now()))
    assert closing.write_letters.fn(ref, 1) == 2
