"""A purchase from its opening to its notification, on each database: the segments of a worker, run one by one.

The clock starts on Monday 23 November 2026. The dates expected here were counted by hand on a calendar.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import jsonschema
import pytest
from sqlmodel import col, select

from models.contracts.register import Contract
from models.journal import Fact
from tasks.settings import settings
from tasks.store import reading
from tests.conftest import SHARED
from tests.purchase_play import (
    answer,
    assert_whole,
    decisions,
    documents,
    lines,
    load,
    messages,
    notices,
    open_purchase,
    play,
    stays,
    where,
)
from tests.reading_documents import text_of_word

pytestmark = pytest.mark.flow

WHOLE_DCE = {"rc", "ccap", "cctp", "acte_engagement", "bpu", "dqe", "dce"}
COMPETED = ["identified", "diagnostic", "strategy", "needs", "drafting", "review", "dce_approval"]
AWARDED = ["tendering", "opening", "analysis", "award_decision", "information"]


def contracts(ref):
    with reading() as session:
        query = select(Contract).where(Contract.procurement_ref == ref).order_by(col(Contract.lot))
        return list(session.exec(query))


def test_a_formalised_purchase_runs_from_its_need_to_its_notification(scene):
    ref = open_purchase("480000")
    play(ref, scene)
    assert [stage for stage, _ in stays(ref)] == [
        *COMPETED, "publication", *AWARDED, "standstill", "contract_signature", "notification", "notified",
    ]  # fmt: skip
    row = load(ref)
    assert row.launched_on == date(2026, 11, 23)
    # 15 working days for visas, approval and publication: 14 December; 30 days for the tenders, the
    # last of them, 13 January, whole: noon of the 14th in Paris
    assert row.tenders_due_at == datetime(2027, 1, 14, 11, 0, tzinfo=UTC)
    assert row.rejection_sent_on == date(2027, 1, 14)
    # day of sending + 11: the contract may be signed from 25 January 2027, 00:00 in Paris
    assert row.standstill_ends_at == datetime(2027, 1, 24, 23, 0, tzinfo=UTC)
    assert row.signed_on == row.notified_on == date(2027, 1, 25)
    made = {document.kind for document in documents(ref)}
    assert made >= WHOLE_DCE | {
        "manifeste", "pv_ouverture", "rapport_analyse", "decision_attribution", "rapport_presentation",
        "lettre_attributaire", "lettre_rejet", "lettre_notification",
    }  # fmt: skip
    assert [notice.kind for notice in notices(ref)] == [
        "avis_marche",
        "avis_attribution",
        "donnees_essentielles",
    ]
    assert_whole(ref)
    assert_register(ref)
    assert_candidates_were_told(ref)


def assert_register(ref):
    """Check one contract for each lot, of 48 months from its notification, and its line of the journal."""
    entered = contracts(ref)
    assert [one.lot for one in entered] == [1, 2, 3]
    assert {(one.starts_on, one.ends_on) for one in entered} == {(date(2027, 1, 25), date(2031, 1, 24))}
    assert {one.holder for one in entered} == {"Perfusions de l'Ouest"}
    assert len(lines(ref, Fact.CONTRACT)) == 3


def assert_candidates_were_told(ref):
    """Check that each letter left with its document, to the candidate that it names."""
    letters = [paper for paper in documents(ref) if paper.kind.startswith("lettre_")]
    sent = {path: message.to for message in messages() for path in message.attachments}
    assert all(paper.path in sent for paper in letters)
    late = next(paper for paper in letters if paper.recipient == "Candidat Tardif")
    assert sent[late.path] == "marches4@candidat.invalid"


def test_a_purchase_sent_back_at_every_gate_still_ends_once(scene):
    ref = open_purchase("120000", starts_on=date(2027, 3, 1))
    play(ref, scene, until="review")
    assert load(ref).tenders_due_at == datetime(2027, 1, 5, 11, 0, tzinfo=UTC)  # 14 December + 21 whole days
    scene.pass_days(3)
    answer(ref, "nadia.cherif@ch-rocheval.invalid", "approve")
    answer(ref, "sophie.lambert@ch-rocheval.invalid", "change", motif="Préciser les pénalités")
    play(ref, scene, until="dce_approval")
    assert load(ref).tenders_due_at == datetime(2027, 1, 8, 11, 0, tzinfo=UTC)  # 17 December + 21 whole days
    scene.pass_days(4)
    answer(ref, "karim.benali@ch-rocheval.invalid", "change", motif="Revoir le lot 2")
    play(ref, scene, until="award_decision")
    assert load(ref).tenders_due_at == datetime(2027, 1, 12, 11, 0, tzinfo=UTC)  # 21 December + 21 whole days
    answer(ref, "karim.benali@ch-rocheval.invalid", "change", motif="Motiver les notes")
    assert where(ref) == "analysis"
    play(ref, scene)
    assert_sent_back(ref)
    assert_whole(ref)
    assert {one.ends_on for one in contracts(ref)} == {date(2031, 2, 28)}  # 48 months from 1 March 2027
    assert "standstill" not in {stage for stage, _ in stays(ref)}
    assert_essential_data(ref)


def assert_sent_back(ref):
    """Check the visits, the visas voided with a line each, and a second and third dossier that show the change."""
    assert [visit for stage, visit in stays(ref) if stage == "drafting"] == [1, 2, 3]
    assert [visit for stage, visit in stays(ref) if stage == "analysis"] == [1, 2]
    given = [(one.stage, one.visit) for one in decisions(ref) if one.voided_at]
    voided = [stay for stay in given if stay[0] in ("review", "dce_approval", "analysis", "award_decision")]
    assert voided == [("review", 1), ("review", 2), ("review", 2), ("analysis", 1)]
    assert len(lines(ref, Fact.VOIDED)) == len(given)
    versions = {paper.kind: paper.version for paper in documents(ref)}
    assert (versions["rc"], versions["dce"], versions["rapport_analyse"]) == (3, 3, 2)
    assert [paper.version for paper in documents(ref) if paper.kind == "pv_ouverture"] == [1]
    first, second, third = (text_of(ref, version) for version in (1, 2, 3))
    assert ("5 janvier 2027" in first, "8 janvier 2027" in second, "12 janvier 2027" in third) == (True,) * 3
    assert "Version 3" in third or "version 3" in third
    assert read_json(f"publications/{ref}/avis_marche-v1/{ref}-manifeste-v1.json")["version"] == 3


def assert_essential_data(ref):
    """Check what was published against the official schema of the essential data, where the file is there."""
    published = read_json(f"publications/{ref}/donnees_essentielles-v1/donnees_essentielles.json")
    assert (
        published == next(notice for notice in notices(ref) if notice.kind == "donnees_essentielles").content
    )
    assert len(published["marches"]["marche"]) == 3
    assert {one["offresRecues"] for one in published["marches"]["marche"]} == {3}
    schema = SHARED / "decp" / "schema_decp_v2.0.3.json"
    if schema.exists():
        jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8"))).validate(published)


def read_json(path):
    return json.loads((settings().home / path).read_text(encoding="utf-8"))


def text_of(ref, version):
    """Return the text of the rules of one version of the dossier, non-breaking spaces made plain."""
    path = settings().home / f"documents/{ref}/dce-v{version}/{ref}_RC.docx"
    return text_of_word(path).replace("\xa0", " ")


def test_below_the_dispense_quotes_are_asked_and_no_standstill_is_due(scene):
    ref = open_purchase("40000")
    play(ref, scene)
    assert [stage for stage, _ in stays(ref)] == [
        *COMPETED, "quotes", *AWARDED, "contract_signature", "notification", "notified",
    ]  # fmt: skip
    row = load(ref)
    assert row.standstill_ends_at is None
    assert row.tenders_due_at == datetime(
        2026, 12, 28, 11, 0, tzinfo=UTC
    )  # 14 December + 10 whole days; 25 is a holiday
    # 40 000 EUR HT is the floor of the essential data (CCP art. R. 2196-1)
    assert [notice.kind for notice in notices(ref)] == ["demande_devis", "donnees_essentielles"]
    assert "rapport_presentation" not in {paper.kind for paper in documents(ref)}
    assert sum((one.amount_ht for one in contracts(ref)), Decimal(0)) > 0
    assert_whole(ref)
