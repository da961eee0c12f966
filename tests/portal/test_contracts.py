"""The contracts in the pages: what was consumed, when they end, who reads them, how what follows is opened."""

import html
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from models.contracts.reading import AmendmentRead
from models.contracts.register import Contract
from models.execution.facts import PurchaseOrder
from models.journal import Fact
from models.process.procurement import Procurement
from tasks import clock, journal
from tasks.access.sessions import viewer_of
from tasks.contracts import amendments, renewal
from tasks.execution import use as execution_use
from tasks.store import reading, transaction
from tasks.views import contract as views_contract
from tasks.views import contracts
from tests.portal_scene import BUYER, LEGAL, MEMBER, OTHER_MEMBER, PURCHASING, inside

SUPPORT, SAINT_AUBIN, MONTFLEURY = "26990001500018", "26990002300012", "26990003100015"


def contract(number="2024-ALI", buyer=SUPPORT, lot=1, **changes):
    today = clock.today()
    content = {
        "objet": "Produits laitiers",
        "family_code": "alimentation",
        "holder": "Laiterie",
        "holder_key": "laiterie",
        "nature": "fournitures",
        "cpv": "15500000",
        "minimum_ht": Decimal("50000.00"),
        "maximum_ht": Decimal("200000.00"),
        "starts_on": today - timedelta(days=700),
        "ends_on": today + timedelta(days=90),
        "alert_on": today - timedelta(days=5),
        "registered_at": clock.now(),
    }
    return Contract(number=number, buyer_siret=buyer, lot=lot, **content | changes)


def order(amount, house=SAINT_AUBIN, lot=1, on=None, number="BC-1"):
    return PurchaseOrder(
        number=number,
        establishment_siret=house,
        buyer_siret=SUPPORT,
        contract_number="2024-ALI",
        lot=lot,
        supplier="Laiterie",
        ordered_on=on or clock.today() - timedelta(days=10),
        year=(on or clock.today()).year,
        amount_ht=Decimal(amount),
        imported_at=clock.now(),
    )


@pytest.fixture
def registered(group):
    with transaction() as session:
        session.add(contract())
        session.add(contract(lot=2, objet="Œufs", maximum_ht=None, minimum_ht=None))
        session.add(contract("M-12", MONTFLEURY, objet="Marché propre de Montfleury"))
        session.add(order("149999.99"))
        session.add(order("49990.00", MONTFLEURY, number="BC-2"))
        session.add(order("999.00", on=clock.today() + timedelta(days=3), number="BC-3"))  # to come


def viewer(email):
    with reading() as session:
        return viewer_of(session, email)


def sheet(email, key="2024-ALI"):
    return views_contract.page(viewer(email), key)


@pytest.mark.parametrize("typed", ["oeufs", "ŒUFS", "Œufs 2024-ALI", "ali LAITERIE œuf"])
def test_a_contract_is_found_without_its_accents_nor_their_case(registered, typed):
    found = contracts.search(viewer(BUYER), contracts.Filter(text=typed))
    assert [line.objet for line in found.lines] == ["Œufs"]


def test_a_contract_that_is_changed_is_found_by_its_new_words(registered):
    with transaction() as session:
        row = session.exec(select(Contract).where(Contract.lot == 2)).one()
        row.holder = "Ferme de l'Étang"
    counts = [contracts.search(viewer(BUYER), contracts.Filter(text=one)).total for one in ("etang", "%")]
    assert counts == [1, 0]


def test_what_was_ordered_is_held_against_the_maximum_and_the_minimum(registered):
    first, second = sheet(BUYER).lots
    assert first.use.ordered_ht == Decimal("199989.99")
    assert first.use.share == Decimal("99.9"), "100 % is said only when the maximum is reached"
    assert first.use.left_ht == Decimal("10.01")
    assert first.use.level == "à renouveler"
    assert (second.use.ordered_ht, second.use.share, second.use.left_ht) == (0, None, None)


@pytest.mark.parametrize(
    ("ordered", "share", "missing"),
    [
        ("0", "0.0", "50000.00"),
        ("49999.99", "24.9", "0.01"),
        ("50000", "25.0", None),
        ("200000", "100.0", None),
    ],
)
def test_the_minimum_owed_to_the_holder_is_missed_to_the_cent(ordered, share, missing):
    use = execution_use.use_of(contract(), Decimal(ordered), date(2026, 11, 22))
    assert use.share == Decimal(share)
    assert use.missing_ht == (Decimal(missing) if missing else None)


def test_a_member_reads_the_group_s_contracts_and_only_its_own_orders(registered):
    assert [one.house for one in sheet(BUYER).houses] == [
        "Centre hospitalier de Saint-Aubin-les-Prés",
        "Centre hospitalier de Montfleury",
    ]
    mine = sheet(MEMBER)
    assert [one.house for one in mine.houses] == ["Centre hospitalier de Saint-Aubin-les-Prés"]
    assert {one.number for one in mine.orders} == {"BC-1", "BC-3"}
    own = f"/contrats/fiche?cle=M-12@{MONTFLEURY}"
    assert inside(OTHER_MEMBER).get(own).status_code == 200
    assert inside(MEMBER).get(own).status_code == 404
    assert inside(MEMBER).get("/contrats/fiche?cle=inconnu").status_code == 404


def test_the_calendar_shows_ends_and_alerts_and_filters_the_list(registered):
    ends = clock.today() + timedelta(days=90)
    browser = inside(BUYER)
    page = browser.get(f"/contrats?mois={ends:%Y-%m}&etat=tous").text
    assert page.count('class="principal ') == 3
    assert "3 fins, aucune alerte en" in page.replace("\n", " ")
    assert "Aucun contrat ne correspond" in browser.get("/contrats?mois=2001-01").text
    assert browser.get("/contrats?mois=demain").status_code == 200
    only = browser.get(f"/contrats?acheteur={MONTFLEURY}").text
    assert "Marché propre" in only
    assert "Produits laitiers" not in only


def test_a_buyer_opens_the_renewal_once_and_nobody_else_does(registered):
    page = "/contrats/fiche?cle=2024-ALI"
    assert "Ouvrir le renouvellement" not in inside(LEGAL).get(page).text
    assert inside(LEGAL).submit("/contrats/renouveler", "/compte", cle="2024-ALI").status_code == 403
    browser = inside(BUYER)
    answer = browser.submit("/contrats/renouveler", page, cle="2024-ALI")
    assert answer.status_code == 303
    ref = answer.headers["location"].rpartition("/")[2]
    with reading() as session:
        opened = session.get_one(Procurement, ref)
        authors = {line.fact: line.actor for line in journal.read(session, ref)}
    assert (opened.renews[:9], opened.buyer_email) == ("2024-ALI:", BUYER)
    assert (authors[Fact.OPENED], authors[Fact.CONTRACT]) == (BUYER, BUYER)
    assert ref in browser.get("/achats", params={"acheteur": BUYER}).text
    assert f'href="/achats/{ref}"' in browser.get(page).text
    assert browser.submit("/contrats/renouveler", "/compte", cle="2024-ALI").status_code == 400


def test_a_renewal_opened_by_the_watch_is_taken_in_charge_once(registered):
    ref = renewal.open_for("2024-ALI").ref
    page, address = f"/achats/{ref}", f"/achats/{ref}/prendre-en-charge"
    assert "Prendre en charge" not in inside(LEGAL).get(page).text
    assert inside(LEGAL).submit(address, "/compte").status_code == 403
    buyer = inside(BUYER)
    assert "Prendre en charge" in buyer.get(page).text
    assert buyer.submit(address, page).status_code == 303
    shown = buyer.get(page).text
    assert "<dt>Acheteur</dt><dd>Julie Perrin</dd>" in shown
    assert "Prendre en charge" not in shown
    late = inside(PURCHASING).submit(address, "/compte")
    assert (late.status_code, "déjà suivi par Julie Perrin" in html.unescape(late.text)) == (409, True)
    with reading() as session:
        taken = [line.actor for line in journal.read(session, ref) if line.fact == Fact.TAKEN]
        assert (taken, session.get_one(Procurement, ref).buyer_email) == ([BUYER], BUYER)


@pytest.mark.parametrize(
    ("amount", "said"), [("19 999,99", "Possible"), ("20 000,01", "Non permis"), ("beaucoup", "montant")]
)
def test_an_amendment_is_judged_by_the_code_of_the_command_line(registered, amount, said):
    asked = {"cle": "2024-ALI", "initial": "200 000", "montant": amount, "fondement": "faible_montant"}
    answer = inside(BUYER).get("/contrats/fiche", params=asked)
    assert said in answer.text
    assert answer.status_code == (400 if amount == "beaucoup" else 200)


def test_the_amendments_of_a_contract_are_listed_with_what_the_law_says(registered):
    read = AmendmentRead(
        lot=1,
        number=1,
        dated_on=clock.today() - timedelta(days=30),
        ground="faible_montant",
        subject="Prix du lait",
        amount_ht=Decimal("25000.00"),
    )
    with transaction() as session:
        amendments.store(session, SUPPORT, "2024-ALI", [read], "essai")
        amendments.apply(session, SUPPORT, "2024-ALI")
    found = sheet(BUYER)
    assert (found.base_ht, found.amended_ht) == (Decimal("200000.00"), Decimal("25000.00"))
    page = inside(BUYER).get("/contrats/fiche?cle=2024-ALI").text
    assert "Prix du lait" in page
    assert "12,5\u00a0%" in page
    assert "non permis" in page  # above the ten percent of a small change
