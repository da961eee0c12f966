"""The stock of the hospitals and the items of the contracts: what the files say, kept in the register."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.contracts.register import Contract, ContractItem, StockLine
from models.contracts.terms import TermKey
from models.errors import BadInput
from models.execution.medicine_codes import cis_of, packs_of
from models.reading.identifiers import checked_siret
from models.reading.values import fold, parse_count
from tasks.clock import now
from tasks.contracts import terms
from tasks.organisation.lookup import find_establishment
from tasks.store import transaction
from tasks.tables.lines import Cells, Columns, FactReport, Same, read_facts
from tasks.tables.tabular import read_table

ITEMS = Columns(
    names={
        "contract": "Marché|Numéro|Numéro de marché|contrat",
        "buyer": "Acheteur",
        "lot": "Lot|Numéro de lot",
        "code": "Article|Code article|Référence|code",
        "label": "Désignation|Libellé|Intitulé",
        "unit": "Unité",
        "price": "Prix unitaire HT|Prix HT|Prix unitaire|Prix",
        "cis": "CIS|Code CIS",
        "cip13": "CIP13|Code CIP13|CIP|Code CIP",
        "holder": "Titulaire|Fournisseur",
        "rank": "Rang|Rang du titulaire",
        "expense": "Frais et risques|Aux frais et risques",
    },
    required=("contract",),
)
STOCKS = Columns(
    names={
        "item": "Article|Code article|Code|item|Référence|produit|CIP13|CIS",
        "label": "Désignation|Libellé|label",
        "house": "Établissement|SIRET|FINESS|establishment|site",
        "usable": "Stock utilisable|Stock|usable stock|Quantité|Quantité en stock|stock disponible",
        "use": "Consommation journalière moyenne|Consommation moyenne journalière|Consommation journalière"
        "|Consommation moyenne|CMJ|mean daily use|daily use|Consommation",
        "cis": "CIS|Code CIS",
        "cip13": "CIP13|Code CIP13|CIP|Code CIP",
    },
    required=("item", "usable", "use"),
)


class ItemFact(BaseModel):
    """An item of a contract as a file gives it."""

    contract: str
    buyer_siret: str
    lot: int
    code: str
    label: str
    unit: str
    price_ht: Decimal | None
    cis: str | None
    cip13: str | None
    ucd13: str | None
    holder: str
    rank: int
    at_holder_expense: bool


class StockFact(BaseModel):
    """A line of a stock file."""

    item: str
    label: str
    siret: str
    usable: Decimal
    daily_use: Decimal
    cis: str | None
    cip13: str | None


def import_items(path: Path) -> FactReport:
    """Import the items of contracts of the register; importing twice changes nothing."""
    with transaction() as session:
        support = terms.support_siret(session)
        once = Same[ItemFact](lambda one: (one.buyer_siret, one.contract, one.lot, one.code, one.rank))
        report, facts = read_facts(path, ITEMS, lambda cells: _item(session, support, cells), once)
        for fact in facts:
            _keep_item(session, fact, report)
    return report


def import_items_of(path: Path, kind: str) -> FactReport | None:
    """Import the items that a file of contracts names beside them (CIS, CIP13 or item); None when it names none."""
    if kind == "decp":
        return None
    table = read_table(path, [name for names in ITEMS.names.values() for name in names.split("|")])
    if all(table.column(ITEMS.names[field]) is None for field in ("cis", "cip13")):
        return None
    return import_items(path)


def _item(session: Session, support: str, cells: Cells) -> ItemFact:
    key = TermKey.parse(cells.needed("contract", "Marché"))
    buyer = key.buyer_siret or (checked_siret(cells.text("buyer")) if cells.text("buyer") else support)
    lot = _whole(cells.text("lot") or "1", "Lot")
    cis, packs = cis_of(cells.text("cis")), packs_of(cells.text("cip13"))
    code = cells.text("code") or packs.cip13 or packs.ucd13 or cis
    if not code:
        raise BadInput("Article : ni code, ni CIS, ni CIP13")
    query = select(Contract).where(Contract.number == key.number, Contract.buyer_siret == buyer)
    contract = session.exec(query.order_by(col(Contract.holder_rank))).first()
    if contract is None:
        raise BadInput(f"marché {key.number} inconnu au registre pour l'acheteur {buyer}")
    return ItemFact(
        contract=key.number,
        buyer_siret=buyer,
        lot=lot,
        code=code,
        label=cells.text("label") or code,
        unit=cells.text("unit"),
        price_ht=cells.amount("price", "prix") if cells.text("price") else None,
        cis=cis,
        cip13=packs.cip13,
        ucd13=packs.ucd13,
        holder=cells.text("holder") or contract.holder,
        rank=_whole(cells.text("rank") or "1", "Rang"),
        at_holder_expense=fold(cells.text("expense")) in ("oui", "o", "1", "vrai", "x"),
    )


def _whole(text: str, what: str) -> int:
    return parse_count(text, what, 1, 999)


def _keep_item(session: Session, fact: ItemFact, report: FactReport) -> None:
    known = session.exec(
        select(ContractItem).where(
            ContractItem.buyer_siret == fact.buyer_siret,
            ContractItem.contract_number == fact.contract,
            ContractItem.lot == fact.lot,
            ContractItem.code == fact.code,
            ContractItem.rank == fact.rank,
        )
    ).first()
    values = fact.model_dump(exclude={"contract"})
    if known is None:
        session.add(ContractItem(contract_number=fact.contract, registered_at=now(), **values))
        session.flush()
        report.ajoutes += 1
    elif any(getattr(known, name) != value for name, value in values.items()):
        known.sqlmodel_update(values)
        report.modifies += 1
    else:
        report.inchanges += 1


def import_stocks(path: Path, on: date) -> FactReport:
    """Import a stock file; a line replaces what its establishment said before, older files are refused."""
    with transaction() as session:
        houses: dict[str, str] = {}
        batches = Same[StockFact](lambda one: (one.siret, one.item), _join_batches)
        report, facts = read_facts(path, STOCKS, lambda cells: _stock(session, houses, cells), batches)
        for fact in facts:
            _keep_stock(session, fact, on, report)
    return report


def _join_batches(first: StockFact, second: StockFact) -> bool:
    """Add a batch to the stock of its item; the mean use is that of the item, told once or the same each time."""
    if first.daily_use != second.daily_use:
        return False
    first.usable += second.usable
    return True


def _stock(session: Session, houses: dict[str, str], cells: Cells) -> StockFact:
    item = cells.needed("item", "Article").replace(" ", "")
    house = cells.text("house")
    if house not in houses:
        houses[house] = find_establishment(session, house).siret if house else terms.support_siret(session)
    cells.needed("usable", "Stock utilisable")
    cells.needed("use", "Consommation")
    usable, use = cells.number("usable", "stock utilisable"), cells.number("use", "consommation journalière")
    if usable < 0 or use < 0:
        raise BadInput("stock ou consommation négatifs")
    return StockFact(
        item=item,
        label=cells.text("label"),
        siret=houses[house],
        usable=usable,
        daily_use=use,
        cis=cis_of(cells.text("cis")) or (item if re.fullmatch("[0-9]{8}", item) else None),
        cip13=packs_of(cells.text("cip13")).cip13 or (item if re.fullmatch("34009[0-9]{8}", item) else None),
    )


def _keep_stock(session: Session, fact: StockFact, on: date, report: FactReport) -> None:
    known = session.exec(
        select(StockLine).where(StockLine.establishment_siret == fact.siret, StockLine.item == fact.item)
    ).first()
    row = StockLine(
        establishment_siret=fact.siret,
        item=fact.item,
        label=fact.label,
        cis=fact.cis,
        cip13=fact.cip13,
        usable=str(fact.usable),
        daily_use=str(fact.daily_use),
        counted_on=on,
    )
    if known is None:
        session.add(row)
        session.flush()
        report.ajoutes += 1
    elif known.counted_on > on:
        report.inchanges += 1
        report.remarques.append(
            f"{fact.item} : stock du {known.counted_on:%d/%m/%Y} gardé, celui du {on:%d/%m/%Y} est plus ancien"
        )
    else:
        changed = (known.usable, known.daily_use) != (row.usable, row.daily_use)
        known.sqlmodel_update(row.model_dump(exclude={"id", "is_essential"}))
        report.modifies, report.inchanges = report.modifies + changed, report.inchanges + (not changed)
