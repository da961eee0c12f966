"""Taking documents from the pages: the register of withdrawals, and all the documents of a purchase in one ZIP."""

import io
import zipfile

import pytest

from models.process.procurement import Procurement, StageVisit
from tasks import clock, storage
from tasks.consultation import withdrawals
from tasks.process import filing
from tasks.store import transaction
from tests.portal_scene import BUYER, MEMBER, OTHER_MEMBER, bearer, guest, logged_in
from tests.signing_scene import journal_lines, waiting
from tests.tendering_scene import withdraw

REF = "2026-001"


def keep(kind: str, folder: str, version: int = 1, content: bytes = b"") -> str:
    paper = filing.Paper(
        ref=REF,
        kind=kind,
        title=kind,
        folder=folder,
        file_name=f"{kind} été.docx",
        version=version,
        content=content or f"{kind} v{version}".encode(),
    )
    return filing.keep(paper).sha256


def to_stage(stage: str, launched: bool) -> None:
    with transaction() as session:
        row = session.get_one(Procurement, REF)
        row.stage, row.launched_on = stage, clock.today() if launched else None


@pytest.fixture
def consultation(group):
    """A consultation that is open, in the second version of its dossier."""
    waiting(REF, "900000", "tendering")
    with transaction() as session:
        for visit in (1, 2):
            session.add(StageVisit(ref=REF, stage="drafting", visit=visit, entered_at=clock.now()))
    to_stage("tendering", launched=True)
    return REF


def take(browser, digest: str) -> None:
    assert browser.get(f"/achats/{REF}/documents/{digest}", follow_redirects=False).status_code == 200


def register() -> list[tuple[str, str, int]]:
    return [(line.courriel, line.entreprise, line.version) for line in withdrawals.listed(REF)]


def test_who_takes_the_published_dossier_is_in_the_register_once_with_her_house(consultation):
    rc, notice = keep("rc", "dce-v2", 2), keep("ccap", "dce-v2", 2)
    withdraw(REF, ("Anne Morel", "anne@mediflux.example"))
    member = logged_in(MEMBER)
    take(member, rc)
    take(member, rc)
    take(member, notice)
    assert register() == [
        ("anne@mediflux.example", "Entreprise d'essai", 2),
        (MEMBER, "Centre hospitalier de Saint-Aubin-les-Prés", 2),
    ]
    assert [line.after for line in journal_lines("retrait")] == ["anne@mediflux.example", MEMBER]


def test_the_team_a_former_version_and_another_document_leave_no_line(consultation):
    old, rc, diagnostic = keep("rc", "dce-v1", 1), keep("rc", "dce-v2", 2), keep("diagnostic", "preparation")
    take(logged_in(BUYER), rc)
    member = logged_in(MEMBER)
    take(member, old)
    take(member, diagnostic)
    assert register() == []


@pytest.mark.parametrize(("stage", "launched"), [("dce_approval", False), ("opening", True)])
def test_before_the_publication_and_after_the_deadline_nobody_withdraws(consultation, stage, launched):
    rc = keep("rc", "dce-v2", 2)
    member = logged_in(MEMBER)
    to_stage(stage, launched)
    take(member, rc)
    assert register() == []


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return sorted(archive.namelist())


def test_the_zip_holds_the_last_versions_that_the_person_may_read(consultation):
    keep("rc", "dce-v1", 1)
    keep("rc", "dce-v2", 2)
    keep("dce", "dce-v2", 2, b"PK the archive of the dossier itself")
    keep("rapport_analyse", "passation")
    page = f"/achats/{REF}/documents.zip"
    team, member = logged_in(BUYER).get(page), logged_in(MEMBER).get(page)
    assert 'filename="2026-001-documents.zip"' in team.headers["content-disposition"]
    assert team.headers["content-type"] == "application/zip"
    assert names(team) == ["dce-v2/rc été.docx", "passation/rapport_analyse été.docx"]
    assert names(member) == ["dce-v2/rc été.docx"]
    assert [(line.actor, line.after) for line in journal_lines("consultation")] == [(BUYER, "lue")]
    assert [email for email, _, _ in register()] == [MEMBER]
    assert page in logged_in(OTHER_MEMBER).get(f"/achats/{REF}").text


def test_a_tool_takes_by_its_token_what_the_person_may_read(consultation):
    rc, report = keep("rc", "dce-v2", 2), keep("rapport_analyse", "passation")
    folder = f"/api/v1/achats/{REF}/documents"
    mine = bearer(MEMBER, "lire")
    alone, every = (guest().get(f"{folder}{end}", headers=mine) for end in (f"/{rc}", ".zip"))
    assert alone.content == b"rc v2"
    assert "rc%20%C3%A9t%C3%A9.docx" in alone.headers["content-disposition"]
    assert names(every) == ["dce-v2/rc été.docx"]
    assert guest().get(f"{folder}/{report}", headers=mine).status_code == 404
    refused = guest().get(f"{folder}.zip", headers=bearer(BUYER, "ouvrir"))
    assert refused.status_code == 403


def test_the_zip_of_a_purchase_without_documents_or_altered_on_disk_is_refused(consultation):
    browser = logged_in(MEMBER)
    assert browser.get(f"/achats/{REF}/documents.zip").status_code == 404
    assert browser.get("/achats/2026-999/documents.zip").status_code == 404
    keep("rc", "dce-v2", 2)
    storage.resolve(f"documents/{REF}/dce-v2/rc été.docx").write_bytes(b"autre chose")
    assert browser.get(f"/achats/{REF}/documents.zip").status_code == 503
    assert register() == []


def test_the_team_enters_a_company_which_then_stands_in_the_register(consultation):
    browser = logged_in(BUYER)
    page = f"/achats/{REF}"
    assert "Personne n&#39;a encore retiré" in browser.get(page).text.replace("'", "&#39;")
    given = {"nom": "Anne <b>Morel</b>", "courriel": "Anne@Mediflux.example", "entreprise": "Médiflux SAS"}
    assert browser.submit(f"{page}/retraits", page, **given).status_code == 303
    assert register() == [("anne@mediflux.example", "Médiflux SAS", 2)]
    text = browser.get(page).text
    assert "anne@mediflux.example" in text
    assert "<b>Morel" not in text
    assert journal_lines("retrait")[-1].actor == BUYER
    assert browser.submit(f"{page}/retraits", page, **given, courriel2="x").status_code == 303
    assert len(register()) == 1
    wrong = browser.submit(f"{page}/retraits", page, **{**given, "courriel": "pas une adresse"})
    assert wrong.status_code == 400


def test_others_neither_read_nor_write_the_register(consultation):
    withdraw(REF, ("Anne Morel", "anne@mediflux.example"))
    member = logged_in(MEMBER)
    assert "anne@mediflux.example" not in member.get(f"/achats/{REF}").text
    given = {"nom": "Intrus", "courriel": "intrus@example.org"}
    assert member.submit(f"/achats/{REF}/retraits", "/compte", **given).status_code == 403
    to_stage("opening", launched=True)
    late = logged_in(BUYER).submit(f"/achats/{REF}/retraits", "/compte", **given)
    assert late.status_code == 403
    assert len(register()) == 1
