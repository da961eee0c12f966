"""A published dossier is rectified: one new version, the deadline that the law asks for, everyone told once.

The consultation is launched on Monday 23 November 2026; tenders are due on Wednesday 13 January 2027 at noon.
"""

import json
import shutil
from datetime import datetime

import pytest
from sqlmodel import col, select

from models.consultation.rectification import Rectification
from models.errors import BadInput, NotAllowed, Unavailable
from models.journal import Fact
from models.outbox import Dispatch, Message
from models.process.procurement import Item, Need, StageVisit
from tasks import clock, storage
from tasks.consultation import (
    drafting,
    notices,
    rectification,
    rectified_papers,
    rectified_sending,
    withdrawals,
)
from tasks.loading.file import load_organisation
from tasks.runs import carrying, segments
from tasks.settings import ROOT
from tasks.store import reading
from tests.conftest import forget_settings
from tests.purchase_play import BUYER, PRESCRIBER, Time, assert_whole, documents, lines, load, open_purchase
from tests.purchase_play import notices as published_notices
from tests.reading_documents import text_of
from tests.tendering_scene import deposit, published, rectified, withdraw

REF = "2026-001"
ANNE, PAUL = ("Anne Morel", "anne.morel@mediflux.example"), ("Paul Vidal", "paul.vidal@orval.example")
RELABEL = {"modifies": [{"code": "PERF-101", "libelle": "Perfuseur par gravité, filtre 5 µm"}]}
QUESTION = [{"question": "La tubulure est-elle sans DEHP ?", "reponse": "Oui."}]


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.PARIS)


@pytest.fixture(scope="session")
def consultation(tmp_path_factory):
    """A home in which a consultation is open, made once; each test takes a copy."""
    home = tmp_path_factory.mktemp("consultation") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACHATS_HOME", str(home))
        patch.delenv("ACHATS_DATABASE_URL", raising=False)
        patch.setattr(clock, "now", Time(paris("2026-11-23T09:00")).now)
        forget_settings()
        load_organisation(ROOT / "examples" / "ght-demo.toml")
        assert published() == REF
    forget_settings()
    return home


@pytest.fixture
def time(consultation, home, monkeypatch):
    """The open consultation, on Thursday 24 December 2026 at ten."""
    shutil.copytree(consultation, home, dirs_exist_ok=True)
    stopped = Time(paris("2026-12-24T10:00"))
    monkeypatch.setattr(clock, "now", stopped.now)
    return stopped


def rows(table):
    with reading() as session:
        return session.exec(select(table).where(table.ref == REF)).all()


def told(version=2):
    prefix = f"{REF}:rectificatif:{version}:"
    with reading() as session:
        query = select(Message).where(col(Message.key).startswith(prefix)).order_by(col(Message.to))
        return session.exec(query).all()


def due():
    return load(REF).tenders_due_at.astimezone(clock.PARIS).isoformat()


def states(report):
    return {one.name.removeprefix(f"{REF}_"): one.state for one in report.documents}


def test_a_substantial_change_gives_the_legal_period_again_to_a_working_day(time):
    """Thirty days from 24 December lead to Saturday 23 January 2027: Monday 25 is whole, Tuesday 26 at noon."""
    assert due() == "2027-01-14T12:00:00+01:00"

    report = rectified(REF, articles=RELABEL)

    assert (report.version, report.substantielle, report.prolongee) == (2, True, True)
    assert report.date_limite == due() == "2027-01-26T12:00:00+01:00"
    assert report.raison == "modification importante (lots, articles ou quantités)"
    (stay,) = [row for row in rows(StageVisit) if row.stage == "tendering"]
    assert stay.due_at == load(REF).tenders_due_at


def test_a_substantial_change_made_early_moves_nothing(time):
    """Thirty days from 14 December: 13 January whole, noon of the 14th stays; from 15 December, the 15th."""
    time.instant = paris("2026-12-14T18:00")
    early = rectified(REF, articles=RELABEL)
    assert (early.substantielle, early.prolongee, due()) == (True, False, "2027-01-14T12:00:00+01:00")
    time.instant = paris("2026-12-15T08:00")
    later = rectified(REF, lots=[{"numero": 1, "libelle": "Perfuseurs, gamme entière"}])
    assert (later.version, later.prolongee, due()) == (3, True, "2027-01-15T12:00:00+01:00")


def test_an_answer_to_a_question_is_given_to_all_and_moves_nothing(time):
    report = rectified(REF, reponses=QUESTION)

    assert (report.substantielle, report.prolongee, report.champs) == (False, False, [])
    assert due() == "2027-01-14T12:00:00+01:00"
    changed = {name: state for name, state in states(report).items() if state != "identique"}
    assert changed == {"Reponses-aux-questions.docx": "ajouté"}
    assert not [row for row in rows(Dispatch) if row.key.endswith(":v2")]


def test_answers_add_up_and_stay_in_the_versions_that_follow(time):
    rectified(REF, reponses=QUESTION)
    rectified(REF, reponses=[{"question": "Et le latex ?", "reponse": "Sans latex."}])
    last = rectified(REF, articles=RELABEL)

    annexes = [row for row in documents(REF) if row.kind == "reponses_questions"]
    said = [text_of(storage.resolve(row.path)) for row in annexes]
    assert ["latex" in text for text in said] == [False, True, True]
    assert all("DEHP" in text for text in said)
    assert states(last)["Reponses-aux-questions.docx"] == "identique"


def test_the_buyer_may_give_more_time_but_never_less(time):
    with pytest.raises(BadInput, match="n'est pas un jour ouvré"):
        rectified(REF, date_limite="30/01/2027")
    with pytest.raises(BadInput, match=r"trop proche : au plus tôt le 14.janvier.2027"):
        rectified(REF, date_limite="13/01/2027")
    with pytest.raises(BadInput, match=r"au plus tôt le 26.janvier.2027"):
        rectified(REF, articles=RELABEL, date_limite="20/01/2027")
    report = rectified(REF, articles=RELABEL, date_limite="28/01/2027")
    assert (report.prolongee, due()) == (True, "2027-01-28T12:00:00+01:00")
    assert len(rows(Rectification)) == 1


def test_only_the_documents_that_change_have_other_hashes(time):
    """The label of an item of lot 1 stands in its two workbooks; the new deadline in the rules alone."""
    before = {row.recipient: row.sha256 for row in documents(REF) if row.version == 1 and row.recipient}

    report = rectified(REF, articles=RELABEL)

    changed = [name for name, state in states(report).items() if state == "modifié"]
    assert sorted(changed) == ["BPU_lot-01.xlsx", "DQE_lot-01.xlsx", "RC.docx"]
    after = {row.recipient: row.sha256 for row in documents(REF) if row.version == 2 and row.recipient}
    assert {name.removeprefix(f"{REF}_") for name in before if before[name] != after[name]} == set(changed)
    (manifest,) = [row for row in documents(REF) if row.kind == "manifeste" and row.version == 2]
    listed = {one["name"]: one["sha256"] for one in json.loads(storage.read(manifest.path))["files"]}
    assert after.items() <= listed.items()
    (difference,) = [row for row in documents(REF) if row.kind == "differences"]
    said = text_of(storage.resolve(difference.path)).replace("\u00a0", " ")
    assert "reportée du 14 janvier 2027 à 12 h 00 au 26 janvier 2027 à 12 h 00" in said
    assert "filtre 5 µm" in said


def test_the_rows_follow_with_a_line_of_the_journal_each(time):
    house = rows(Need)[0].establishment_siret
    new = {"code": "PERF-900", "libelle": "Rampe trois voies", "unite": "unité", "lot": 1}
    rectified(
        REF,
        articles={**RELABEL, "ajoutes": [new], "retires": ["PERF-102"]},
        quantites={house: {"PERF-101": "2 000", "PERF-900": "150"}},
        criteres=[
            {"code": "prix", "libelle": "Prix", "poids": 50, "nature": "prix"},
            {"code": "technique", "libelle": "Valeur technique", "poids": 40},
            {"code": "env", "libelle": "Environnement", "poids": 10, "nature": "environnement"},
        ],
    )
    codes = [item.code for item in rows(Item)]
    assert "PERF-900" in codes
    assert "PERF-102" not in codes
    assert not [need for need in rows(Need) if need.item_code == "PERF-102"]
    written = {line.subject: (line.before, line.after) for line in lines(REF, Fact.RECTIFIED)}
    assert written["article PERF-101"][1] == "Perfuseur par gravité, filtre 5 µm (unité), lot 1"
    assert written["article PERF-102"][1] is None
    assert written["article PERF-900"] == (None, "Rampe trois voies (unité), lot 1")
    assert written["critères"][1] == "Prix 50 % ; Valeur technique 40 % ; Environnement 10 %"
    assert written["dossier"] == ("version 1", "version 2")
    assert [after for subject, (_, after) in written.items() if subject.startswith("quantité PERF-900")] == [
        "150"
    ]
    assert_whole(REF)


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({}, "Rien ne change"),
        ({"articles": {"retires": ["X-1"]}}, "Article inconnu : X-1"),
        (
            {"articles": {"ajoutes": [{"code": "N", "libelle": "N", "unite": "u", "lot": 1}]}},
            "quantité annuelle",
        ),
        (
            {"articles": {"ajoutes": [{"code": "N", "libelle": "N", "unite": "u", "lot": 9}]}},
            "articles sans lot : 9",
        ),
        ({"lots": [{"numero": 9, "libelle": "Neuf"}]}, "Lot inconnu : 9"),
        ({"quantites": {"1": {"PERF-101": "3"}}}, "Établissement « 1 » inconnu"),
        ({"criteres": [{"code": "p", "libelle": "Prix", "poids": 100, "nature": "prix"}]}, "L. 2152-7"),
        ({"criteres": [{"code": "p", "libelle": "Prix", "poids": 60, "nature": "prix"}]}, "doit être 100"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_kept(time, asked, fault):
    with pytest.raises(BadInput, match=fault):
        rectified(REF, **asked)

    assert rows(Rectification) == []
    assert lines(REF, Fact.RECTIFIED) == []
    assert [line.subject for line in lines(REF, Fact.REFUSAL)] == ["rectification"]


def test_other_stages_and_other_people_are_refused(time):
    with pytest.raises(NotAllowed, match="ne peut pas rectifier"):
        rectified(REF, person=PRESCRIBER, reponses=QUESTION)
    with pytest.raises(NotAllowed, match="à l'étape « Besoin identifié »"):
        rectified(open_purchase("480000"), reponses=QUESTION)
    time.instant = paris("2027-01-14T12:00")
    with pytest.raises(NotAllowed, match="la date limite est passée"):
        rectified(REF, reponses=QUESTION)
    carrying.next_work.fn(segments.place(REF))
    with pytest.raises(NotAllowed, match="à l'étape « Ouverture des plis »"):
        rectified(REF, reponses=QUESTION)


def test_the_timer_moves_with_the_deadline(time):
    rectified(REF, articles=RELABEL)

    timers = {row.key: row for row in rows(Dispatch) if ":echeance" in row.key}
    assert timers[f"{REF}:tendering:1:echeance"].withdrawn_at
    assert timers[f"{REF}:tendering:1:echeance:v2"].due_at == load(REF).tenders_due_at
    time.instant = paris("2027-01-14T12:00:01")
    carrying.next_work.fn(segments.place(REF))
    assert load(REF).stage == "tendering"
    time.instant = paris("2027-01-26T12:00:01")
    carrying.next_work.fn(segments.place(REF))
    assert load(REF).stage == "opening"


def test_who_took_the_dossier_and_who_tendered_are_told_once(time, tmp_path):
    withdraw(REF, ANNE, PAUL, ANNE)
    assert [line.nom for line in withdrawals.listed(REF)] == ["Anne Morel", "Paul Vidal"]
    deposit(REF, tmp_path, PAUL[1].upper(), "Laboratoires Orval")
    deposit(REF, tmp_path, "", "Perfusia & Fils")

    report = rectified(REF, articles=RELABEL)
    again = rectified(REF, articles=RELABEL)

    assert again == report
    assert report.prevenus == [ANNE[1], PAUL[1]]
    assert report.sans_courriel == ["Perfusia & Fils"]
    anne, paul = told()
    assert "reste enregistrée" in paul.body
    assert "reste enregistrée" not in anne.body
    assert "prolongée au 26\u00a0janvier\u00a02027" in anne.body
    assert [path.rpartition("/")[2] for path in anne.attachments] == [f"{REF}-DCE-v2.zip"]
    assert [(one.kind, one.version) for one in published_notices(REF)] == [
        ("avis_marche", 1),
        ("avis_rectificatif", 2),
    ]
    assert published_notices(REF)[1].content["tenderDeadline"] == "2027-01-26T12:00:00+01:00"
    assert_whole(REF)


STEPS = [
    (rectified_papers, "render"),
    (rectified_papers, "_write_differences"),
    (drafting.filing, "keep"),
    (rectified_sending.publication, "keep_manifest"),
    (notices.folder, "publish"),
    (rectified_sending, "_tell"),
    (rectified_sending.mail, "send_pending"),
]


@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _, name in STEPS])
def test_a_version_cut_half_way_ends_once(time, monkeypatch, module, name):
    """The process dies at each step in turn; the same command, run again the day after, ends the same version."""
    withdraw(REF, ANNE)

    def dies(*_args, **_kwargs):
        raise Unavailable("disque plein")

    with monkeypatch.context() as patch, pytest.raises(Unavailable):
        patch.setattr(module, name, dies)
        rectified(REF, articles=RELABEL, reponses=QUESTION)
    time.pass_days(1)
    report = rectified(REF, articles=RELABEL, reponses=QUESTION)

    assert (report.version, report.date_limite) == (2, "2027-01-26T12:00:00+01:00")
    assert [row.version for row in rows(Rectification)] == [2]
    assert [message.to for message in told()] == [ANNE[1]]
    assert [one.version for one in published_notices(REF) if one.kind == "avis_rectificatif"] == [2]
    assert_whole(REF)


def test_the_resumption_ends_a_version_cut_half_way(time, monkeypatch):
    withdraw(REF, ANNE)
    with monkeypatch.context() as patch, pytest.raises(Unavailable):
        patch.setattr(notices.folder, "publish", lambda *_: (_ for _ in ()).throw(Unavailable("plein")))
        rectified(REF, person=BUYER, articles=RELABEL)
    assert rectification.finish_pending() == [REF]
    assert rectification.finish_pending() == []
    assert len(told()) == 1


def test_the_register_opens_with_the_publication(time):
    with pytest.raises(NotAllowed, match="n'est pas publié"):
        withdraw(open_purchase("480000"), ANNE)
    with pytest.raises(BadInput, match="Courriel « anne » incorrect"):
        withdraw(REF, ("Anne", "anne"))
    with pytest.raises(BadInput, match="nom est à donner"):
        withdraw(REF, (" ", ANNE[1]))
