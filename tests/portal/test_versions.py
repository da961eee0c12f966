"""Versions of documents in the pages: what became of each, what changed line by line, and for whose eyes."""

import pytest

from tasks import storage
from tasks.process import filing
from tasks.store import reading
from tasks.views import versions
from tests.portal_scene import BUYER, MEMBER, inside
from tests.signing_scene import waiting

WAS = ["Objet", "Prix fermes", "Pénalités", "Durée", "Un", "Deux", "Trois", "Quatre", "Fin"]
NOW = [
    "Objet",
    "Prix révisables <b>chaque année</b>",
    "Durée",
    "Un",
    "Deux",
    "Trois",
    "Quatre",
    "Fin",
    "Annexe",
]


def keep(ref, lines, version, folder="dce", name="cctp.csv"):
    paper = filing.Paper(
        ref=ref,
        kind=f"{folder}-{name}",
        title="Clauses techniques",
        folder=f"{folder}-v{version}",
        file_name=name,
        content="\n".join(lines).encode(),
        version=version,
    )
    return filing.keep(paper)


@pytest.fixture
def ref(group):
    return waiting("2026-001", "150000", "award_decision")


def viewer(email):
    from tasks.access.sessions import viewer_of

    inside(email)
    with reading() as session:
        return viewer_of(session, email)


def test_what_became_of_each_document_between_two_versions(ref):
    for version, name, lines in (
        (1, "cctp.csv", WAS),
        (1, "rc.csv", WAS),
        (1, "bpu.csv", WAS),
        (2, "cctp.csv", NOW),
        (2, "rc.csv", WAS),
        (2, "annexe.csv", NOW),
    ):
        keep(ref, lines, version, name=name)
    keep(ref, WAS, 1, folder="preparation", name="diagnostic.csv")  # made once: not « removed »
    found = versions.versions(viewer(BUYER), ref)
    assert [one.number for one in found.versions] == [1, 2]
    assert {one.name: str(one.state) for one in found.documents} == {
        "cctp.csv": "modifié",
        "rc.csv": "identique",
        "annexe.csv": "ajouté",
        "bpu.csv": "retiré",
    }


def test_lines_removed_and_added_are_shown_in_their_place(ref):
    old, new = keep(ref, WAS, 1), keep(ref, NOW, 2)
    found = versions.difference(viewer(BUYER), ref, old.sha256, new.sha256)
    said = [(row.kind, "".join(piece.text for piece in row.pieces)) for row in found.rows]
    assert [one for one in said if one[0] != "garde"] == [
        ("retire", "Prix fermes"),
        ("retire", "Pénalités"),
        ("ajoute", "Prix révisables <b>chaque année</b>"),
        ("ajoute", "Annexe"),
    ]
    assert (found.removed, found.added) == (2, 2)
    assert sum(row.skipped for row in found.rows) + found.skipped + len(
        [1 for kind, _ in said if kind != "ajoute"]
    ) == len(WAS)


def test_the_page_says_by_words_and_signs_what_changed_and_escapes_it(ref):
    old, new = keep(ref, WAS, 1), keep(ref, NOW, 2)
    page = inside(BUYER).get(f"/achats/{ref}/differences?avant={old.sha256}&apres={new.sha256}").text
    assert "2 lignes retirées" in page
    assert "Retiré : " in page
    assert "<b>chaque" not in page
    assert f"/achats/{ref}/versions" in inside(BUYER).get(f"/achats/{ref}").text


def test_the_words_of_a_line_that_changed_are_marked(ref):
    old = keep(ref, ["Le délai de livraison est de 48 heures ouvrées."], 1)
    new = keep(ref, ["Le délai de livraison est de 72 heures ouvrées."], 2)
    rows = versions.difference(viewer(BUYER), ref, old.sha256, new.sha256).rows
    assert [[piece.text for piece in row.pieces if piece.is_marked] for row in rows] == [["48"], ["72"]]


def test_what_a_person_may_not_read_is_not_compared_for_her(ref):
    old = keep(ref, WAS, 1, folder="analyse", name="rapport.csv")
    new = keep(ref, NOW, 2, folder="analyse", name="rapport.csv")
    path = f"/achats/{ref}/differences?avant={old.sha256}&apres={new.sha256}"
    assert inside(BUYER).get(path).status_code == 200
    assert inside(MEMBER).get(path).status_code == 404
    assert "rapport.csv" not in inside(MEMBER).get(f"/achats/{ref}/versions").text
    assert inside(BUYER).get(f"/achats/{ref}/differences?avant={old.sha256}&apres=0").status_code == 404
    assert inside(BUYER).get("/achats/2026-999/versions").status_code == 404


def test_a_file_that_is_not_the_one_recorded_is_not_compared(ref):
    old, new = keep(ref, WAS, 1), keep(ref, NOW, 2)
    storage.resolve(new.path).write_text("autre chose", encoding="utf-8")
    answer = inside(BUYER).get(f"/achats/{ref}/differences?avant={old.sha256}&apres={new.sha256}")
    assert answer.status_code == 503


@pytest.mark.parametrize("query", ["?de=2&a=1", "?de=x&a=9999999", "?de=1&a=1"])
def test_any_pair_of_versions_is_answered(ref, query):
    keep(ref, WAS, 1)
    keep(ref, NOW, 2)
    assert inside(BUYER).get(f"/achats/{ref}/versions{query}").status_code == 200
