"""Who may answer, which answer, once: every refusal is clear, changes nothing, and leaves a line in the journal."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from models.errors import AlreadyDone, BadInput, NotAllowed
from models.journal import Fact
from models.process.procurement import Lock, Tender
from tasks import clock
from tasks.process import transitions
from tasks.store import reading, transaction
from tasks.tendering import tenders
from tests.purchase_play import (
    BUYER,
    CORRESPONDENT,
    DIRECTOR,
    LEGAL,
    OTHER_BUYER,
    PRESCRIBER,
    PURCHASING,
    answer,
    decisions,
    lines,
    load,
    open_purchase,
    where,
)


def at(stage, amount="150000", **columns):
    """Put a purchase at a stage whose work is done, and return its reference."""
    ref = open_purchase(amount)
    with transaction() as session:
        row = transitions.load(session, ref)
        for name, value in columns.items():
            setattr(row, name, value)
        row.stage = stage
        session.flush()
        transitions.enter(session, row, in_segment=False)
    return ref


def with_items(ref):
    """Choose the strategy that the family proposes: three lots with their items."""
    answer(ref, PURCHASING, "approve")
    return ref


def refused(kind, *given, **fields):
    """Give an answer that is refused; return the message after checking that the journal keeps the attempt."""
    ref = given[0]
    before = (where(ref), len(decisions(ref)), len(lines(ref, Fact.REFUSAL)))
    with pytest.raises(kind) as caught:
        answer(*given, **fields)
    refusals = lines(ref, Fact.REFUSAL)
    assert (where(ref), len(decisions(ref)), len(refusals) - 1) == before
    assert refusals[-1].reason == str(caught.value)
    assert (refusals[-1].actor, refusals[-1].after) == given[1:3]
    return str(caught.value)


def test_at_a_stage_where_nobody_is_asked(group):
    ref = open_purchase("150000")
    said = refused(AlreadyDone, ref, PURCHASING, "approve")
    assert said == f"{ref} n'attend aucune décision (étape « Besoin identifié »)."


def test_an_unknown_reference_leaves_nothing(group):
    with pytest.raises(BadInput, match="Achat inconnu : 2031-404"):
        answer("2031-404", PURCHASING, "approve")


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (BUYER, "Julie Perrin ne peut pas répondre ici : Directeur des achats attendu."),
        ("personne@ailleurs.invalid", "Personne inconnue : personne@ailleurs.invalid"),
    ],
)
def test_someone_who_may_not(group, person, said):
    kind = NotAllowed if person == BUYER else BadInput
    assert refused(kind, at("strategy"), person, "approve").startswith(said)


def test_a_signature_above_the_ceiling_of_the_delegation(group):
    said = refused(NotAllowed, at("dce_approval", "480000"), PURCHASING, "approve")
    assert said.startswith("Karim Benali ne peut pas signer :")
    assert "215" in said


def test_an_answer_that_does_not_exist_names_those_that_do(group):
    said = refused(BadInput, at("strategy"), PURCHASING, "signer")
    assert said == "Réponse « signer » impossible à l'étape « Stratégie d'achat » : approve, join, abandon."


def test_every_fault_of_a_form_is_named_at_once(group):
    bad = [{"code": "prix", "libelle": " ", "poids": 101, "nature": "prix"}]
    said = refused(
        BadInput, at("strategy"), PURCHASING, "approve", criteres=bad, reconductions=-1, couleur="bleu"
    )
    for fault in (
        "criteres.0.libelle : texte vide",
        "criteres.0.poids : 100 au plus",
        "reconductions : 0 au moins",
        "couleur : champ inconnu",
    ):
        assert fault in said
    assert "Champs attendus : observation, levier, criteres" in said


@pytest.mark.parametrize("answered", ["join", "abandon"])
def test_a_reason_that_is_missing_or_blank_is_asked_for(group, answered):
    ref = at("strategy")
    assert "motif : à remplir" in refused(BadInput, ref, PURCHASING, answered)
    assert "motif : texte vide" in refused(BadInput, ref, PURCHASING, answered, motif="  ")


def test_the_same_decision_twice_says_who_decided_and_when(group):
    ref = with_items(at("strategy"))
    said = refused(AlreadyDone, ref, PURCHASING, "approve")
    at_hour = decisions(ref)[0].decided_at.astimezone(clock.PARIS)
    assert f"Déjà décidé : « approve » par Karim Benali le {at_hour:%d/%m/%Y à %H:%M}" in said


def test_an_answer_to_a_stage_that_was_left_does_not_slip_to_the_next_gate(group):
    """Sophie Lambert may both give the legal visa and approve a small purchase: her second click signs nothing."""
    from tasks.gates.decisions import Reply, decide

    ref = at("review", "50000")
    decide(ref, Reply(person=PRESCRIBER, answer="approve", stage="review"))
    decide(ref, Reply(person=LEGAL, answer="approve", stage="review/1"))
    assert where(ref) == "dce_approval"
    with pytest.raises(AlreadyDone, match="Déjà décidé : « approve » par Sophie Lambert"):
        decide(ref, Reply(person=LEGAL, answer="approve", stage="review/1"))
    with pytest.raises(AlreadyDone, match="n'attend pas de réponse à l'étape « strategy », mais"):
        decide(ref, Reply(person=LEGAL, answer="approve", stage="strategy"))
    assert where(ref) == "dce_approval"


def test_one_answer_for_each_establishment_by_its_own_correspondent(group):
    ref = with_items(at("strategy"))
    said = refused(NotAllowed, ref, BUYER, "approve", quantites={"PERF-101": 10})
    assert "Référent achats" in said
    answer(ref, CORRESPONDENT, "approve", quantites={"PERF-101": "1 200,5"})
    said = refused(AlreadyDone, ref, CORRESPONDENT, "approve", quantites={"PERF-101": 3})
    assert "« approve » par Claire Fontaine" in said
    assert where(ref) == "needs"
    with reading() as session:
        assert tenders.yearly_quantities(session, ref)["PERF-101"].normalize() == 1200.5


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quantites": {"PERF-999": 1}}, "Article inconnu : PERF-999"),
        ({"quantites": {"PERF-101": -1}}, "quantité négative"),
        (
            {"quantites": {"PERF-101": "beaucoup"}},
            "quantites.PERF-101 : quantité : « beaucoup » n'est pas un nombre",
        ),
        ({}, "donnez au moins une quantité annuelle"),
    ],
)
def test_needs_that_cannot_be(group, fields, said):
    assert said in refused(BadInput, with_items(at("strategy")), CORRESPONDENT, "approve", **fields)


def tender_file(tmp_path, ref, name="offre.json", price="12,50"):
    """Write a tender on the first lot of a purchase."""
    file = tmp_path / name
    prices = {f"PERF-10{number}": price for number in range(1, 6)}
    content = {
        "candidat": {"nom": "Perfusions de l'Ouest", "siret": "92000002300019"},
        "lots": [{"lot": 1, "prix": prices}],
    }
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


@pytest.fixture
def tendering(group):
    """A purchase that receives tenders until an hour from now."""
    ref = with_items(at("strategy"))
    with transaction() as session:
        row = transitions.load(session, ref)
        row.stage, row.tenders_due_at = "tendering", clock.now() + timedelta(hours=1)
        session.flush()
        transitions.enter(session, row, in_segment=False)
    return ref


def received(ref):
    from sqlmodel import col, select

    with reading() as session:
        return list(session.exec(select(Tender).where(Tender.ref == ref).order_by(col(Tender.number))))


def test_the_same_tender_twice_is_one_tender_with_one_receipt(tendering, tmp_path):
    file = tender_file(tmp_path, tendering)
    first, second = tenders.receive(tendering, file), tenders.receive(tendering, file)
    assert first == second
    other = tenders.receive(tendering, tender_file(tmp_path, tendering, "autre.json", "11,90"))
    assert (first.numero, other.numero) == (1, 2)
    deposits = [line.subject for line in lines(tendering, Fact.TENDER) if line.subject.startswith("offre ")]
    assert deposits == ["offre 1", "offre 2"]


def test_a_tender_after_the_deadline_is_kept_late(tendering, tmp_path, monkeypatch):
    due_at = load(tendering).tenders_due_at
    monkeypatch.setattr(clock, "now", lambda: due_at)
    assert not tenders.receive(tendering, tender_file(tmp_path, tendering)).hors_delai
    monkeypatch.setattr(clock, "now", lambda: due_at + timedelta(microseconds=1))
    late = tenders.receive(tendering, tender_file(tmp_path, tendering, "tard.json", "1"))
    assert late.hors_delai
    assert [tender.is_late for tender in received(tendering)] == [False, True]


def test_only_late_tenders_cannot_be_opened(tendering, tmp_path, monkeypatch):
    due_at = load(tendering).tenders_due_at
    monkeypatch.setattr(clock, "now", lambda: due_at + timedelta(seconds=1))
    tenders.receive(tendering, tender_file(tmp_path, tendering))
    transitions.finish(tendering, "tendering", 1, "due")
    assert "Aucune offre n'a été reçue dans le délai" in refused(BadInput, tendering, BUYER, "approve")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"candidat": {"nom": "X", "siret": "92000002300018"}}, "candidat.siret : SIRET « 92000002300018 »"),
        ({"lots": []}, "lots : 1 ligne au moins"),
        ({"lots": [{"lot": 9, "prix": {"PERF-101": 1}}]}, "Lot 9 inconnu : l'achat a les lots 1, 2, 3."),
        ({"lots": [{"lot": 1, "prix": {"CATH-201": 1}}]}, "Lot 1, article inconnu : CATH-201."),
        ({"lots": [{"lot": 1, "prix": {"PERF-101": -1}}]}, "prix négatif"),
        ({"couleur": "bleu"}, "couleur : champ inconnu"),
    ],
)
def test_a_tender_that_cannot_be_read_is_refused_and_not_kept(tendering, tmp_path, change, said):
    file = tender_file(tmp_path, tendering)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        tenders.receive(tendering, file)
    assert said in str(caught.value)
    assert received(tendering) == []


def test_a_tender_is_not_received_before_the_publication(group, tmp_path):
    with pytest.raises(NotAllowed, match="ne reçoit pas d'offres à l'étape « Stratégie d'achat »"):
        tenders.receive(at("strategy"), tender_file(tmp_path, "x"))


def test_opening_takes_two_different_people(tendering, tmp_path, monkeypatch):
    tenders.receive(tendering, tender_file(tmp_path, tendering))
    due_at = load(tendering).tenders_due_at
    monkeypatch.setattr(clock, "now", lambda: due_at + timedelta(seconds=1))
    transitions.finish(tendering, "tendering", 1, "due")
    answer(tendering, BUYER, "approve")
    assert "« approve » par Julie Perrin" in refused(AlreadyDone, tendering, BUYER, "approve")
    assert where(tendering) == "opening"
    assert answer(tendering, OTHER_BUYER, "approve").etape_suivante == "Analyse des offres"


def test_a_lock_forbids_the_signature_to_everyone_until_it_is_lifted(group):
    ref = at("contract_signature")
    with transaction() as session:
        placed = datetime(2026, 11, 20, 9, tzinfo=UTC)
        lock = Lock(ref=ref, reason="Référé précontractuel", placed_at=placed, placed_by=LEGAL)
        session.add(lock)
    said = refused(NotAllowed, ref, DIRECTOR, "approve")
    assert said == "Signature interdite depuis le 20/11/2026 : Référé précontractuel (CJA art. L. 551-4)."
    with transaction() as session:
        session.get_one(Lock, lock.id).lifted_at = clock.now()
    assert answer(ref, DIRECTOR, "approve").etape_suivante.startswith("Notification")


def test_what_only_the_command_line_adds_is_kept_apart_from_the_message(group):
    from tasks.gates.decisions import Reply, decide

    ref = with_items(at("strategy"))
    with pytest.raises(BadInput) as refusal:
        decide(ref, Reply(person=CORRESPONDENT, answer="approve"))
    assert "--champ" not in str(refusal.value)
    assert "opportunite=non" not in str(refusal.value)
    assert "--champ quantites.CODE=NOMBRE" in refusal.value.at_command
    assert "PERF-101" in refusal.value.at_command
