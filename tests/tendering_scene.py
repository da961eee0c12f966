"""A consultation of the demo group that is open, made without Prefect: its dossier is published, bids are awaited."""

import json
from pathlib import Path

from models.process.table import Action, stage_of
from tasks.consultation import drafting, publication
from tasks.consultation.rectification import Order, rectify
from tasks.consultation.rectified_sending import Report
from tasks.consultation.withdrawals import record
from tasks.process import transitions
from tasks.store import transaction
from tasks.tendering import tenders
from tests.purchase_play import LEGAL, answer_all, load, open_purchase


def published(amount: str = "480000") -> str:
    """Open a purchase, have its dossier written, approved and published; return its reference."""
    ref = open_purchase(amount)
    while (row := load(ref)).stage != "tendering":
        if not isinstance(stage_of(row.stage), Action):
            answer_all(ref)
            continue
        if row.stage == "drafting":
            drafting.set_deadline.fn(ref, row.visit)
            drafting.write_pieces.fn(ref, row.visit)
            drafting.pack_dossier.fn(ref, row.visit)
        if row.stage in ("publication", "quotes"):
            assert not publication.changed_law.fn(ref, row.visit)
            publication.freeze_dossier.fn(ref, row.visit)
            publication.publish_notice.fn(ref, row.visit)
        transitions.finish(ref, row.stage, row.visit)
    return ref


def withdraw(ref: str, *people: tuple[str, str]) -> None:
    """Enter people (name, address) in the register of withdrawals."""
    with transaction() as session:
        for name, email in people:
            record(session, ref, name, email, "Entreprise d'essai")


def rectified(ref: str, reason: str = "Erreur du dossier", person: str = LEGAL, **asked: object) -> Report:
    """Rectify as the command line does, with the content of a file."""
    from models.consultation.corrections import Corrections

    corrections = Corrections.model_validate_json(json.dumps(asked))
    return rectify(ref, Order(person=person, reason=reason, corrections=corrections))


def deposit(ref: str, folder: Path, email: str, name: str = "Médiflux SAS") -> None:
    """Receive a bid from a company that gives that address."""
    content = tenders.example(ref).model_dump(mode="json", by_alias=True)
    content["candidat"] |= {"nom": name, "courriel": email}
    file = folder / "offre.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    tenders.receive(ref, file)
