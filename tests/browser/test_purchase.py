"""A whole purchase clicked by its people in Chromium, with the real server and worker behind, to the notification."""

import json
import re

import pytest
from sqlmodel import select

from models.access.proofs import Proof, SignaturePolicy
from models.process.procurement import Procurement, Tender
from tasks import journal
from tasks.rehearsal import playing
from tasks.store import reading, transaction
from tasks.tendering import tenders
from tests import rehearsing
from tests.browser_scene import AXE, CHROMIUM, Album, Person, Telephone, pass_time, service, wait
from tests.portal_scene import (
    BUYER,
    DIRECTOR,
    LEGAL,
    MEMBER,
    OTHER_MEMBER,
    PASSWORD,
    PRESCRIBER,
    PURCHASING,
    give_access,
)

MEMBERS = (
    MEMBER,
    OTHER_MEMBER,
    "patrick.noel@chs-tilleuls.invalid",
    "sandrine.aubert@hp-vernay.invalid",
    "marc.dufour@ch-rocheval.invalid",
)
PEOPLE = (BUYER, PURCHASING, DIRECTOR, LEGAL, PRESCRIBER, *MEMBERS)

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]
if CHROMIUM is None:
    pytestmark.append(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture
def people(group):
    from playwright.sync_api import sync_playwright

    for email in PEOPLE:
        give_access(email)
    with transaction() as session:
        session.merge(SignaturePolicy(proof=Proof.CODE))
    rehearsing.begin()  # its clock will move
    with service() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield {
            email: Person(
                browser, address, email, "telephone" if email == DIRECTOR else "ordinateur"
            ).log_in()
            for email in PEOPLE
        }
        browser.close()


def stage(ref: str) -> str:
    with reading() as session:
        return session.get_one(Procurement, ref).stage


def reach(ref: str, expected: str) -> None:
    wait(lambda: stage(ref) == expected and playing.is_settled(ref), f"{expected}, at {stage(ref)}")


def open_purchase(buyer: Person, album: Album) -> str:
    buyer.open("/achats").page.get_by_role("link", name="Ouvrir un achat").click()
    page = buyer.page
    page.get_by_label("Objet de l'achat").fill("Dispositifs de perfusion")
    page.get_by_label("Famille d'achat").select_option("perfusion")
    page.get_by_label("Code CPV").fill("33194000")
    page.get_by_label("Valeur estimée").fill("900 000")
    page.get_by_label("Durée (mois)").fill("48")
    album.take(buyer, "achat-nouveau")
    buyer.press("Ouvrir l'achat")
    return re.search(r"/achats/(\d{4}-\d{3})$", page.url).group(1)


def send_needs(person: Person, ref: str, album: Album | None = None) -> None:
    person.open("/").page.locator(f"a[href='/achats/{ref}/repondre']").click()
    page = person.page
    if album:
        page.locator("summary", has_text="tableur").wait_for()
        page.get_by_label("ou coller les cellules").fill(
            "Code\tQuantité annuelle\nPERF-101\t1 200\nPERF-999\t4"
        )
        person.press("Lire les quantités")
        assert page.locator("#q-1").input_value() == "1 200"
        assert "article « PERF-999 » inconnu" in page.locator("main").inner_text()
    for rank in range(1, page.locator("input[name^='quantites.']").count() + 1):
        page.locator(f"#q-{rank}").fill(str(100 * rank))
    page.get_by_label("Notre établissement la confirme").check()
    if album:
        album.take(person, "besoins")
    person.press("Transmettre les besoins")
    assert page.url.endswith(f"/achats/{ref}")


def sign(director: Person, telephone: Telephone, ref: str, label: str, picture: str, album: Album) -> None:
    director.open("/").page.locator(f"a[href='/achats/{ref}/repondre']").click()
    page = director.page
    assert "Votre pouvoir" in page.locator(".a-signer").inner_text()
    page.get_by_label("Code à usage unique").fill("000000")
    director.press(label)
    assert "Code faux" in page.locator("[role=alert]").inner_text()
    page.get_by_label("Code à usage unique").fill(telephone.code())
    album.take(director, picture)
    director.press(label)
    assert page.url.endswith(f"/achats/{ref}"), page.locator("main").inner_text()[:600]


def enrol(director: Person, album: Album) -> Telephone:
    page = director.open("/compte").page
    page.locator("#mdp-codes").fill(PASSWORD)
    director.press("Inscrire mon téléphone")
    album.take(director, "compte-telephone")
    return Telephone(page.locator("section code").first.inner_text())


def mark(buyer: Person, ref: str, album: Album) -> None:
    buyer.open(f"/achats/{ref}/repondre")
    page = buyer.page
    for rank in range(page.locator("input[name*='.notes.']").count()):
        page.locator("input[name*='.notes.']").nth(rank).fill(str(60 + rank * 7 % 40))
    album.take(buyer, "analyse")
    buyer.press("Remettre l'analyse")
    assert page.url.endswith(f"/achats/{ref}"), page.locator("main").inner_text()[:600]


def stored_tenders(ref: str) -> str:
    with reading() as session:
        return json.dumps([one.content for one in session.exec(select(Tender).where(Tender.ref == ref))])


def open_tenders(person: Person, ref: str, album: Album | None) -> None:
    person.open(f"/achats/{ref}/repondre").page.get_by_label("Votre mot de passe").fill(PASSWORD)
    if album:
        album.take(person, "ouverture")
    person.press("Ouvrir les plis")
    assert person.page.url.endswith(f"/achats/{ref}"), person.page.locator("main").inner_text()[:600]


def tour(people: dict[str, Person], ref: str, album: Album) -> list[str]:
    """Look at every reading screen; return the serious accessibility faults."""
    faults: list[str] = []
    for email, path, name in (
        (PURCHASING, "/", "a-faire"),
        (BUYER, "/achats", "achats"),
        (BUYER, f"/achats/{ref}", "achat"),
        (BUYER, "/contrats?etat=tous", "contrats"),
        (BUYER, "/risques", "risques"),
        (BUYER, "/delegations?acte=attribution&montant=900000&famille=perfusion", "delegations"),
        (MEMBER, f"/achats/{ref}", "achat-membre"),
        (DIRECTOR, "/compte", "compte"),
    ):
        person = people[email].open(path)
        album.take(person, name)
        if AXE:
            faults += person.serious()
    return faults


def test_a_whole_purchase_clicked_by_its_people(people):
    album = Album()
    faults: list[str] = []
    buyer, purchasing, director, legal = (people[one] for one in (BUYER, PURCHASING, DIRECTOR, LEGAL))
    telephone = enrol(director, album)
    ref = open_purchase(buyer, album)
    reach(ref, "strategy")
    album.take(purchasing.open("/"), "a-faire-strategie")
    album.take(purchasing.open(f"/achats/{ref}/repondre"), "strategie")
    faults += purchasing.serious() if AXE else []
    purchasing.answer(ref, "Retenir la stratégie")
    reach(ref, "needs")
    for rank, email in enumerate(MEMBERS):
        send_needs(people[email], ref, album if rank == 0 else None)
    reach(ref, "review")
    album.take(legal.open(f"/achats/{ref}/repondre"), "visa")
    people[PRESCRIBER].answer(ref, "Viser le DCE")
    legal.answer(ref, "Viser le DCE")
    reach(ref, "dce_approval")
    faults += director.open(f"/achats/{ref}/repondre").serious() if AXE else []
    sign(director, telephone, ref, "Valider et lancer", "signature-dce", album)
    reach(ref, "tendering")
    album.take(buyer.open(f"/achats/{ref}"), "consultation")
    files = playing.write_tenders(ref)
    for file in files[:-1]:
        tenders.receive(ref, file)
    pass_time(ref)
    reach(ref, "opening")
    assert "prix" not in stored_tenders(ref)
    open_tenders(buyer, ref, album)
    assert stage(ref) == "opening", "one person alone does not open the tenders"
    assert "prix" not in stored_tenders(ref)
    open_tenders(legal, ref, None)
    reach(ref, "analysis")
    mark(buyer, ref, album)
    reach(ref, "award_decision")
    sign(director, telephone, ref, "Attribuer", "signature-attribution", album)
    reach(ref, "standstill")
    pass_time(ref)
    reach(ref, "contract_signature")
    sign(director, telephone, ref, "Signer le marché", "signature-marche", album)
    reach(ref, "notified")
    faults += tour(people, ref, album)
    assert "Marché notifié" in buyer.open(f"/achats/{ref}").page.locator(".dessin .ici").inner_text()
    assert faults == []
    assert [fault for person in people.values() for fault in person.faults] == []
    with reading() as session:
        assert journal.verify(session).valide
