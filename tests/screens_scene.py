"""A group with something to show on every screen, served from the test itself to one Chromium."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import uvicorn
from sqlmodel import select

from models.access.accounts import Account
from models.contracts.register import Contract
from models.execution.facts import PurchaseOrder
from models.process.procurement import Item, Need, Procurement, Tender
from models.risks.register import Level, Observation, RiskKind
from models.tendering.seals import TenderSeal, TenderShare
from tasks import clock
from tasks.access import accounts, sessions
from tasks.contracts import expiry, terms
from tasks.execution import consumption
from tasks.process import filing, transitions
from tasks.risks import register
from tasks.store import transaction
from tasks.tendering import tenders
from tests.portal_scene import BUYER, DIRECTOR, EVERYBODY, PURCHASING, give_access
from tests.signing_scene import waiting
from tests.tendering_scene import published, rectified, withdraw

SUPPORT = "26990001500018"
MEMBER_HOUSE = "26990002300012"
PURCHASES = (
    # at which gate, what, family: references 2026-100 and following
    ("strategy", "Échographes portables pour les urgences", "imagerie"),
    ("needs", "Dispositifs de perfusion à pousse-seringue", "perfusion"),
    ("award_decision", "Hébergement certifié de données de santé", "informatique"),
    ("contract_signature", "Produits laitiers et œufs", "alimentation"),
    ("award_decision", "Location et entretien du linge", "blanchisserie"),
    ("opening", "Seringues pour pousse-seringue", "perfusion"),
    ("analysis", "Cathéters veineux périphériques", "perfusion"),
)
CONTRACTS = (
    # number, lot, object, family, holder, amount, minimum, maximum, days to the end, months, ordered
    ("2022-PERF", 1, "Perfuseurs et prolongateurs", "perfusion", "Médiflux SAS", 0, 120000, 480000, 62, 48, 402400),
    ("2022-PERF", 2, "Cathéters courts sécurisés", "perfusion", "Cathélia", 0, 60000, 260000, 62, 48, 98310),
    ("2023-LIN", 1, "Entretien du linge", "blanchisserie", "Blanchisserie des Vallées", 1340000, 0, 0, 320, 48, 0),
    ("2024-ALI", 1, "Produits laitiers et œufs", "alimentation", "Laiterie de Vernay", 0, 0, 210000, 540, 24, 209900),
    ("2021-INF", 1, "Hébergement de données de santé", "informatique", "Nuage Santé", 288000, 0, 0, -40, 48, 0),
)  # fmt: skip


def furnish(today: date) -> str:
    """Fill the demonstration group; return the purchase whose dossier has two versions."""
    for email in EVERYBODY:
        with transaction() as session:
            session.merge(Account(person_email=email, created_at=clock.now()))
    give_access(DIRECTOR)
    ref = published()
    withdraw(ref, ("Anna Weber", "anna.weber@mediflux.invalid"))
    rectified(
        ref,
        reason="Question d'un candidat sur les échantillons.",
        articles={
            "modifies": [{"code": "PERF-101", "libelle": "Perfuseur par gravité, une voie, 200 cm, stérile"}]
        },
        reponses=[{"question": "Combien d'échantillons faut-il remettre ?", "reponse": "Trois par article."}],
    )
    for rank, (stage, objet, family) in enumerate(PURCHASES):
        waiting(f"2026-10{rank}", str(90000 + 60000 * rank), stage)
        with transaction() as session:
            one = session.get_one(Procurement, f"2026-10{rank}")
            one.objet, one.family_code = objet, family
    for other in ("2026-101", "2026-106"):
        _list_items(ref, other)
    _open_tenders(ref, "2026-106")
    _settle(ref)
    for one in CONTRACTS:
        _register(today, *one)
    _threaten(today)
    return ref


def _list_items(model: str, ref: str) -> None:
    """Ask a purchase for the items of another."""
    with transaction() as session:
        for item in session.exec(select(Item).where(Item.ref == model)).all():
            session.add(Item(**item.model_dump(exclude={"id", "ref"}), ref=ref))


def _open_tenders(model: str, ref: str) -> None:
    """Give a purchase the criteria of another, and two tenders opened."""
    with transaction() as session:
        session.get_one(Procurement, ref).strategy = session.get_one(Procurement, model).strategy
        for need in session.exec(select(Need).where(Need.ref == model)).all():
            session.add(Need(**need.model_dump(exclude={"id", "ref"}), ref=ref))
    with transaction() as session:
        session.add(TenderSeal(ref="2026-105", public_key="", is_personal=True, made_at=clock.now()))
        session.flush()
        session.add(TenderShare(ref="2026-105", rank=1, person_email=BUYER, encrypted=""))
    example = tenders.example(ref).model_dump(mode="json", by_alias=True)
    with transaction() as session:
        for number, supplier in enumerate(("Médiflux SAS", "Cathélia"), start=1):
            tender = Tender(
                ref=ref,
                number=number,
                supplier=supplier,
                siret="26990001500018",
                received_at=clock.now(),
                sha256=str(number) * 64,
                content=example,
            )
            session.add(tender)


def _settle(ref: str) -> None:
    """Say that the work of the present stage is done, as a worker does."""
    with transaction() as session:
        transitions.current_visit(session, transitions.load(session, ref)).settled_at = clock.now()


def _register(
    today: date, number: str, lot: int, objet: str, family: str, holder: str, *figures: int
) -> None:
    amount, least, most, left, months, ordered = figures
    ends = today + timedelta(days=left)
    with transaction() as session:
        contract = Contract(
            number=number,
            lot=lot,
            objet=objet,
            family_code=family,
            buyer_siret=SUPPORT,
            holder=holder,
            holder_key=holder.lower(),
            amount_ht=Decimal(amount) if amount else None,
            minimum_ht=Decimal(least) if least else None,
            maximum_ht=Decimal(most) if most else None,
            notified_on=ends - timedelta(days=30 * months),
            starts_on=ends - timedelta(days=30 * months),
            duration_months=months,
            ends_on=ends,
            alert_on=ends - timedelta(days=300),
            source="registre",
            registered_at=clock.now(),
        )
        session.add(contract)
        if ordered:
            session.add(_order(contract, Decimal(ordered), today))


def _order(contract: Contract, amount: Decimal, today: date) -> PurchaseOrder:
    return PurchaseOrder(
        number=f"BC-{contract.number}-{contract.lot}",
        establishment_siret=MEMBER_HOUSE,
        buyer_siret=SUPPORT,
        contract_number=contract.number,
        lot=contract.lot,
        family_code=contract.family_code,
        supplier=contract.holder,
        ordered_on=today - timedelta(days=20),
        year=(today - timedelta(days=20)).year,
        amount_ht=amount,
        imported_at=clock.now(),
    )


def _threaten(today: date) -> None:
    """Let the watch find what the registers hold, and people answer to some of it."""
    consumption.check(today)
    with transaction() as session:
        for term in terms.due_terms(session, today):
            register.record(session, expiry.observation(session, term, None, today), today)
        seen = Observation(
            key="rupture:cip:3400930000001",
            kind=RiskKind.STOCK_OUT,
            level=Level.BLACK,
            title="Noradrénaline 2 mg/ml, ampoule : rupture déclarée par l'ANSM, onze jours de stock",
            action="chercher un équivalent, passer un achat urgent",
            due_on=today + timedelta(days=11),
            is_vital=True,
        )
        register.record(session, seen, today)
    register.acknowledge(
        "consommation:2024-ALI/1",
        register.Ack(
            person=BUYER,
            action="Lancer la consultation suivante",
            owner=PURCHASING,
            due_on=today + timedelta(days=30),
        ),
    )


@contextmanager
def pages() -> Iterator[str]:
    """Serve the pages from this process; give their address."""
    from portal.app import create_app

    server = uvicorn.Server(
        uvicorn.Config(create_app(), port=0, log_level="error", lifespan="off", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the pages do not start"
        threading.Event().wait(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def cookie_of(email: str, address: str) -> dict[str, str]:
    """Return the cookie of a session of that person, as a browser takes it."""
    return {"name": "achats_session", "value": sessions.open_session(email, "essai").token, "url": address}


def invitation(email: str) -> str:
    """Return the path of a link that invites a person."""
    link = accounts.invite(email).lien
    return "/invitation/" + link.rpartition("/")[2]


def differences(ref: str) -> str:
    """Return the path of the differences between the two versions of a price list."""
    was, now = (one for one in filing.of(ref) if one.path.endswith("_DQE_lot-01.xlsx"))
    return f"/achats/{ref}/differences?avant={was.sha256}&apres={now.sha256}"
