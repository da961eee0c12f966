"""What the pages say to a person in a hurry: where to answer first, which lot, since when, what fills a register."""

import re
from datetime import timedelta

import pytest

from models.contracts.terms import Term
from tasks import clock
from tasks.process import filing
from tasks.store import transaction
from tasks.views import organisation
from tests.portal.test_contracts import contract
from tests.portal_scene import ADMINISTRATOR, BUYER, DIRECTOR, LEGAL, inside
from tests.signing_scene import waiting


def text_of(markup):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup).replace("&#39;", "'"))


def test_the_answer_asked_for_comes_before_the_drawing(group):
    ref = waiting("2026-001", "150000", "award_decision")
    page = inside(DIRECTOR).get(f"/achats/{ref}").text
    assert page.index("Répondre") < page.index('class="dessin')


def test_documents_of_two_lots_are_told_apart(group):
    ref = waiting("2026-001", "150000", "award_decision")
    for lot in (1, 12):
        paper = filing.Paper(
            ref=ref,
            kind="acte_engagement",
            title="Acte d'engagement",
            folder="dce-v1",
            file_name=f"2026-001_AE_lot-{lot:02d}.csv",
            content=f"lot {lot}".encode(),
            version=1,
            recipient=f"lot {lot}",
        )
        filing.keep(paper)
    links = re.findall(r"/documents/\w+\">([^<]+)", inside(BUYER).get(f"/achats/{ref}").text)
    assert "Acte d&#39;engagement – lot\u00a01" in links
    assert "Acte d&#39;engagement – lot\u00a012" in links


def test_a_contract_over_is_not_said_late(group):
    with transaction() as session:
        session.add(contract(ends_on=clock.today() - timedelta(days=40)))
    page = text_of(inside(BUYER).get("/contrats?etat=tous").text)
    assert "fini depuis 40 jours" in page
    assert "en retard" not in page


def test_the_long_list_of_lots_is_folded(group):
    with transaction() as session:
        session.add_all(contract(lot=lot, objet="Produits laitiers " * 20) for lot in range(1, 33))
    page = inside(BUYER).get("/contrats/fiche?cle=2024-ALI").text
    assert "Les 22 autres lots" in page
    assert page.count("Tout lire") == 32, "each long object opens by itself"
    assert page.count(("Produits laitiers " * 20).strip()) >= 32, "nothing of an object is lost"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/contrats", "achats importer contrats"),
        ("/risques", "surveillance de chaque matin"),
        ("/achats", "Aucun achat n'est ouvert"),
    ],
)
def test_an_empty_register_says_what_fills_it(group, path, said):
    page = text_of(inside(BUYER).get(path).text)
    assert said in page
    assert "ne correspond" not in page
    assert "ne correspond" in text_of(inside(BUYER).get(f"{path}?q=zzz").text)


def test_ending_an_access_takes_a_second_gesture(group):
    page = inside(ADMINISTRATOR).get("/organisation").text
    assert 'value="desactiver"' in page
    folded = re.findall(r"<details class=\"a-part\">.*?</details>", page, re.DOTALL)
    assert sum(one.count('value="desactiver"') for one in folded) == page.count('value="desactiver"')


def test_a_person_is_found_by_words_of_her_name_function_or_house(group):
    everyone = organisation.view().members
    found = organisation.matching(everyone, "LAMBERT juridique")
    assert [one.email for one in found] == [LEGAL]
    assert organisation.matching(everyone, " ") == everyone
    page = inside(ADMINISTRATOR).get("/organisation?q=lambert").text
    assert LEGAL in page
    assert "claire.fontaine" not in page.partition("Dernières connexions")[0]
    assert "Personne ne correspond" in inside(ADMINISTRATOR).get("/organisation?q=zzz").text


def test_an_invitation_gives_its_limit_to_the_minute(group):
    browser = inside(ADMINISTRATOR)
    answer = browser.submit("/organisation/acces", "/organisation", courriel=LEGAL, action="inviter")
    assert "valable une fois" in answer.text
    assert not re.search(r"min\s\d\d\ss", answer.text)


@pytest.mark.parametrize(("holders", "said"), [(1, "(A)"), (2, "(A et 1 autre)"), (3, "(A et 2 autres)")])
def test_the_other_holders_of_a_contract_are_counted_in_good_french(holders, said):
    lots = tuple(contract(holder="ABC"[rank]) for rank in range(holders))
    assert Term("2024-ALI", lots).title.endswith(said)
