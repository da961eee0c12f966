"""What was written on the tenders: each read, by page, preview or API, is in the journal, refused or not, by role."""

import pytest

from tasks.documents import pdf
from tasks.process import filing
from tests.portal_scene import (
    ACCOUNTANT,
    ADMINISTRATOR,
    BUYER,
    DIRECTOR,
    LEGAL,
    MEMBER,
    PHARMACIST,
    PRESCRIBER,
    guest,
    logged_in,
)
from tests.sealed_scene import REF, after_the_deadline, open_as, to_tendering
from tests.signing_scene import journal_is_valid, journal_lines, waiting


def said() -> list[tuple[str, str, str]]:
    return [(line.actor, line.subject, line.after) for line in journal_lines("consultation")]


def keep(kind: str, folder: str) -> str:
    paper = filing.Paper(
        ref=REF, kind=kind, title=kind, folder=folder, file_name=f"{kind}.docx", content=kind.encode()
    )
    return filing.keep(paper).sha256


@pytest.mark.parametrize(
    ("email", "outcome"),
    [
        (BUYER, "lue"),
        (LEGAL, "lue"),
        (DIRECTOR, "lue"),
        (MEMBER, "refusée"),
        (PHARMACIST, "refusée"),
        (PRESCRIBER, "refusée"),
        (ADMINISTRATOR, "refusée"),
        (ACCOUNTANT, "refusée"),
    ],
)
def test_each_role_leaves_a_line_by_each_way(group, monkeypatch, email, outcome):
    from tests.portal_scene import inside, token_of

    monkeypatch.setattr(pdf, "can_preview", lambda path: True)
    monkeypatch.setattr(pdf, "pdf_of", lambda document: b"%PDF")
    waiting(REF, "150000", "award_decision")
    digest = keep("rapport_analyse", "passation")
    api, browser = token_of(email, "lire"), inside(email)
    answers = [
        browser.get(f"/achats/{REF}/documents/{digest}", follow_redirects=False),
        browser.get(f"/achats/{REF}/apercu/{digest}", follow_redirects=False),
        guest().get(f"/api/v1/achats/{REF}/documents/{digest}", headers=api),
    ]
    assert [one.status_code for one in answers] == [200 if outcome == "lue" else 404] * 3
    assert said() == [(email, "rapport_analyse", outcome)] * 3
    assert journal_is_valid()


def test_the_dossier_of_the_consultation_is_read_without_a_line(group):
    waiting(REF, "150000", "award_decision")
    digest = keep("rc", "dce-v1")
    assert logged_in(MEMBER).get(f"/achats/{REF}/documents/{digest}").status_code == 200
    assert said() == []


def test_an_empty_shot_leaves_no_line(group):
    waiting(REF, "150000", "award_decision")
    assert logged_in(MEMBER).get(f"/achats/{REF}/documents/{'0' * 64}").status_code == 404
    assert said() == []


def test_the_page_where_tenders_are_marked_is_a_read_or_a_refusal(group):
    to_tendering()
    buyer, member = logged_in(BUYER), logged_in(MEMBER)
    page = f"/achats/{REF}/repondre"
    buyer.get(page)
    assert said() == []  # nothing of the tenders is shown before the opening
    after_the_deadline()
    open_as(BUYER)
    open_as(LEGAL)
    assert "Médiflux" in buyer.get(page).text or "€" in buyer.get(page).text
    lines = said()
    assert set(lines) == {(BUYER, "offres", "lue")}
    assert "€" not in member.get(page).text
    assert said()[len(lines) :] == [(MEMBER, "offres", "refusée")]
