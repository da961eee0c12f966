"""Importing amendments of contracts from a CSV or a workbook; importing twice changes nothing."""

from pathlib import Path

from sqlmodel import Session

from models.contracts.reading import AmendmentRead
from models.errors import BadInput
from models.law.modification import ground_named
from models.reading.identifiers import checked_siret
from models.reading.values import parse_date
from tasks.contracts import amendments, terms
from tasks.execution.facts import Reader, whole
from tasks.execution.headings import CONTRACT
from tasks.store import transaction
from tasks.tables.lines import Cells, Columns, FactReport, Same, read_facts

AMENDMENTS = Columns(
    names={
        "contract": CONTRACT,
        "buyer": "Acheteur",
        "lot": "Lot",
        "number": "Avenant|Numéro d'avenant|Numéro|N° d'avenant",
        "on": "Date|Date de notification|Notification|Notifié le",
        "ground": "Fondement|Article|Motif juridique",
        "amount": "Montant HT|Montant",
        "ends": "Nouvelle fin|Nouvelle date de fin|Date de fin|Fin",
        "subject": "Objet|Intitulé",
    },
    required=("contract", "number", "on"),
)


class Line(AmendmentRead):
    """An amendment with the contract that it modifies."""

    buyer_siret: str
    contract_number: str


def import_amendments(path: Path) -> FactReport:
    """Import amendments and apply them to the register; a line about a contract it does not have is refused."""
    with transaction() as session:
        reader = Reader(session)
        once = Same[Line](lambda one: (one.buyer_siret, one.contract_number, one.lot, one.number))
        report, lines = read_facts(path, AMENDMENTS, lambda cells: _line(session, reader, cells), once)
        for one in lines:
            known = {row.number for row in amendments.of_contract(session, one.buyer_siret, one.contract_number)
                     if row.lot == one.lot}  # fmt: skip
            read = AmendmentRead.model_validate(one.model_dump(include=set(AmendmentRead.model_fields)))
            changed = amendments.store(
                session, one.buyer_siret, one.contract_number, [read], f"fichier:{path.name}"
            )
            report.inchanges += not changed
            report.modifies += bool(changed) and one.number in known
            report.ajoutes += bool(changed) and one.number not in known
        amendments.apply_all(session, {(one.buyer_siret, one.contract_number) for one in lines})
    return report


def _line(session: Session, reader: Reader, cells: Cells) -> Line:
    number, buyer = cells.needed("contract", "Marché"), cells.text("buyer")
    siret = checked_siret(buyer) if buyer else reader.support
    lot = whole(cells.text("lot") or "1", "Lot")
    first = terms.first_row(session, number, siret)
    if first is None:
        raise BadInput(f"marché « {number} » absent du registre de cet acheteur")
    if not terms.has_lot(session, number, siret, lot):
        raise BadInput(f"le marché « {number} » n'a pas de lot {lot}")
    ground = ground_named(cells.text("ground")) if cells.text("ground") else ""
    on = reader.past(cells, "on", "Date")
    ends = parse_date(cells.text("ends"), "Nouvelle fin") if cells.text("ends") else None
    if ends and first.starts_on and ends < first.starts_on:
        raise BadInput(f"nouvelle fin le {ends:%d/%m/%Y}, avant le début du marché")
    return Line(
        buyer_siret=siret,
        contract_number=number,
        lot=lot,
        number=whole(cells.needed("number", "Avenant"), "Avenant"),
        dated_on=on,
        ground=ground,
        subject=" ".join(cells.text("subject").split()),
        amount_ht=cells.amount("amount", "montant") if cells.text("amount") else None,
        new_ends_on=ends,
    )
