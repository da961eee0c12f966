"""Every message to a person of the group ends where she acts: the full address of the page, once."""

import socket

import pytest
from sqlmodel import select

from models.outbox import Message
from models.process.procurement import Procurement
from tasks.access import sessions
from tasks.consultation import drafting
from tasks.outgoing import outbox
from tasks.process import filing
from tasks.runs.ports import listen
from tasks.settings import PAGES_PORT, ROOT
from tasks.store import reading, transaction
from tasks.views import files
from tests.conftest import forget_settings
from tests.signing_scene import waiting

PAGES = "https://achats.exemple.fr"
BUYER = "julie.perrin@ch-rocheval.invalid"
VALUES = {
    "nom": "Julie Perrin",
    "courriel": BUYER,
    "etape": "Visa",
    "motif": "Besoin disparu",
    "echeance": "03/04/2026",
    "reponses": ["approve"],
    "depuis": "02/03/2026",
    "numero": 2,
    "attendus": ["Directeur"],
    "version": 1,
    "pieces": ["CCAP"],
    "lien": None,
    "actes": ["attribution"],
    "reference": "DS-1",
    "delegataire": "K. Benali",
    "dernier_jour": "01/01/2027",
    "vital": None,
    "appel": None,
    "nombre": 1,
    "jour": "02/03/2026",
    "degre": 1,
    "lignes": ["Gants"],
    "autres": 0,
    "adresse": "https://outil.exemple.fr",
    "blocs": ["2026-001"],
    "modifications": "Le CCAP change.",
    "a_remis": None,
    "plateforme": None,
    "courriers": ["n° 1, Exemple SAS : adresse refusée"],
    "personne": BUYER,
    "action": "inviter",
    "demande_par": "emma.roux@ch-rocheval.invalid",
    "changements": ["téléphone inscrit"],
    "expire_le": "25/11/2026",
    "candidat": "Médiflux",
    "siret": "73282932000074",
    "ancienne": 1,
    "nouvelle": 2,
    "depose_par": "la ligne de commande",
    "depose_le": "22/11/2026 à 11:15",
    "compte": 12,
    "empreinte": "0" * 64,
    "cle": None,
    "contenu": "{}",
    "fichier": "2026-11-22.ancre.json",
    "etat": "faible",
    "libre": 10,
    "total": 100,
    "refus": 5,
    "refuse": None,
}
PURCHASE, ANSWER = f"{PAGES}/achats/2026-001", f"{PAGES}/achats/2026-001/repondre"
LEADS = {
    "abonnement_suspendu": f"{PAGES}/compte",
    "acces_a_confirmer": f"{PAGES}/organisation",
    "acces_change": f"{PAGES}/compte",
    "lien_acces": f"{PAGES}/connexion",
    "ancre": f"{PAGES}/",
    "place_disque": f"{PAGES}/systeme",
    "sauvegarde_en_echec": f"{PAGES}/systeme",
    "achat_termine": PURCHASE,
    "courriers_en_attente": PURCHASE,
    "dce_pret": PURCHASE,
    "decision_attendue": ANSWER,
    "delegation_finit": f"{PAGES}/delegations",
    "escalade": PURCHASE,
    "offre_contestee": PURCHASE,
    "offre_remplacee": PURCHASE,
    "relance": ANSWER,
    "resume_du_jour": f"{PAGES}/",
    "risques": f"{PAGES}/risques",
    "sans_signataire": PURCHASE,
    "traitement_en_echec": PURCHASE,
}


@pytest.fixture
def purchase(group, monkeypatch) -> str:
    monkeypatch.setenv("ACHATS_PUBLIC_URL", f"{PAGES}/")
    forget_settings()
    return waiting(stage="needs")


def written(template: str) -> str:
    with transaction() as session:
        has_purchase = template not in (
            "abonnement_suspendu",
            "acces_a_confirmer",
            "acces_change",
            "ancre",
            "lien_acces",
            "place_disque",
            "delegation_finit",
            "resume_du_jour",
            "risques",
        )
        about = session.get_one(Procurement, "2026-001") if has_purchase else None
        letter = outbox.Letter(key=template, to=BUYER, template=template, values=VALUES)
        outbox.write_message(session, letter, about)
        return session.get_one(Message, template).body


def test_every_template_leads_to_its_page_and_a_candidate_to_none(purchase):
    names = {path.stem for path in (ROOT / "templates" / "messages").glob("*.j2")}
    bodies = {name: written(name) for name in names}
    assert {name: bodies[name].split().count(address) for name, address in LEADS.items()} == dict.fromkeys(
        LEADS, 1
    )
    assert {name for name, body in bodies.items() if PAGES not in body} == {
        "courrier_candidat",
        "dce_rectifie",
    }
    assert names == LEADS.keys() | {"courrier_candidat", "dce_rectifie"}


def test_a_dossier_too_large_for_a_message_is_downloaded_from_the_pages(purchase, monkeypatch):
    monkeypatch.setenv("ACHATS_ATTACHMENT_LIMIT", "10")
    forget_settings()
    paper = filing.Paper(
        ref=purchase, kind="dce", title="Archive", folder="dce-v1", file_name="DCE.zip", content=b"x" * 11
    )
    filing.keep(paper)
    drafting.deliver_dossier.fn(purchase, 1)
    with reading() as session:
        query = select(Message).where(Message.to == BUYER, Message.key.startswith(f"{purchase}:dce:"))
        [message] = session.exec(query)
        reader = sessions.viewer_of(session, BUYER)
    assert message.attachments == []
    assert "/dev/shm" not in message.body
    assert "/tmp" not in message.body
    link = next(word for word in message.body.split() if "/documents/" in word)
    assert link.startswith(f"{PURCHASE}/documents/")
    assert files.document(reader, purchase, link.rpartition("/")[2]) is not None


def test_the_pages_take_their_usual_port_and_a_second_home_a_free_one():
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PAGES_PORT)) == 0:
            pytest.skip(f"somebody serves port {PAGES_PORT} of this machine")
    first = listen(None)
    second = listen(None)
    third = listen(0)
    with first, second, third:
        ports = [one.getsockname()[1] for one in (first, second, third)]
    assert ports[0] == PAGES_PORT == 4280
    assert len(set(ports)) == 3
