"""Importing facts of performance: orders, invoices, incidents, gains. Importing twice changes nothing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session, SQLModel, select

from models.contracts.register import ContractOption
from models.contracts.written_terms import LONGEST_MONTHS
from models.errors import BadInput
from models.execution.facts import Gain, Incident, Invoice, PurchaseOrder
from models.organisation.group import Family
from models.reading.identifiers import checked_siret
from models.reading.values import fold, parse_count, parse_date
from tasks.clock import now, today
from tasks.contracts import terms
from tasks.execution.headings import GAINS, INCIDENTS, INVOICES, OPTIONS, ORDERS
from tasks.organisation.lookup import find_establishment
from tasks.store import transaction
from tasks.tables.lines import Cells, Columns, FactReport, Same, read_facts

Row = TypeVar("Row", bound=SQLModel)
DECISIONS = ("", "reconduit", "non reconduit")


class Reader:
    """Reads the cells that facts share: establishment, family, day."""

    def __init__(self, session: Session) -> None:
        """Start with nothing looked up."""
        self.session = session
        self.support = terms.support_siret(session)
        self.houses: dict[str, str] = {}
        families = session.exec(select(Family)).all()
        self.families = {fold(name): one.code for one in families for name in (one.code, one.label)}

    def house(self, cells: Cells) -> str:
        """Return the SIRET of the establishment of a line; the support establishment when it says none."""
        text = cells.text("house")
        if not text:
            if not self.support:
                raise BadInput("Établissement : case vide")
            return self.support
        if text not in self.houses:
            self.houses[text] = find_establishment(self.session, text).siret
        return self.houses[text]

    def family(self, cells: Cells) -> str | None:
        """Return the code of the family of a line, or refuse one that is not known."""
        text = cells.text("family")
        if text and fold(text) not in self.families:
            raise BadInput(f"famille « {text} » inconnue")
        return self.families.get(fold(text)) if text else None

    def past(self, cells: Cells, field: str, what: str) -> date:
        """Return the day of a line, or refuse one that is absurd or to come."""
        day = parse_date(cells.needed(field, what), what)
        if day > today():
            raise BadInput(f"{what} : le {day:%d/%m/%Y} est dans l'avenir")
        if day.year < 2000:
            raise BadInput(f"{what} : le {day:%d/%m/%Y} n'est pas possible")
        return day

    def order(self, cells: Cells) -> PurchaseOrder:
        """Return an order."""
        buyer, on = cells.text("buyer"), self.past(cells, "on", "Date")
        cells.needed("amount", "Montant HT")
        return PurchaseOrder(
            number=cells.needed("number", "Numéro"),
            establishment_siret=self.house(cells),
            buyer_siret=checked_siret(buyer) if buyer else self.support,
            contract_number=cells.text("contract") or None,
            lot=whole(cells.text("lot") or "1", "Lot"),
            family_code=self.family(cells),
            supplier=cells.text("supplier"),
            ordered_on=on,
            year=on.year,
            amount_ht=cells.amount("amount", "montant"),
            imported_at=now(),
        )

    def invoice(self, cells: Cells) -> Invoice:
        """Return an invoice."""
        received = self.past(cells, "received", "Date de réception")
        paid = self.past(cells, "paid", "Date de paiement") if cells.text("paid") else None
        if paid and paid < received:
            raise BadInput(f"payée le {paid:%d/%m/%Y}, avant sa réception le {received:%d/%m/%Y}")
        cells.needed("amount", "Montant TTC")
        return Invoice(
            number=cells.needed("number", "Numéro"),
            establishment_siret=self.house(cells),
            supplier=cells.needed("supplier", "Fournisseur"),
            contract_number=cells.text("contract") or None,
            received_on=received,
            year=received.year,
            executed_on=self.past(cells, "executed", "Date de service fait")
            if cells.text("executed")
            else None,
            amount_ttc=cells.amount("amount", "montant", positive=True),
            paid_on=paid,
            blocked_reason=cells.text("blocked"),
            imported_at=now(),
        )

    def incident(self, cells: Cells) -> Incident:
        """Return an incident."""
        happened = self.past(cells, "on", "Date")
        return Incident(
            number=cells.text("number") or f"{happened.isoformat()}/{cells.text('kind')}",
            establishment_siret=self.house(cells),
            contract_number=cells.needed("contract", "Marché"),
            supplier=cells.text("supplier"),
            kind=cells.text("kind") or "retard de livraison",
            happened_on=happened,
            days_late=whole(cells.text("late") or "0", "Jours de retard"),
            late_ht=cells.amount("amount", "montant", positive=True) if cells.text("amount") else Decimal(0),
            is_contested=fold(cells.text("contested")) in ("oui", "o", "1", "vrai", "x"),
            imported_at=now(),
        )

    def gain(self, cells: Cells) -> Gain:
        """Return a gain."""
        return Gain(
            action=cells.needed("action", "Action"),
            year=whole(cells.needed("year", "Année"), "Année", most=2100),
            family_code=self.family(cells),
            forecast_ht=cells.amount("forecast", "gain prévu", positive=True),
            realised_ht=cells.amount("realised", "gain réalisé") if cells.text("realised") else Decimal(0),
            measured_on=self.past(cells, "on", "Date de mesure") if cells.text("on") else today(),
            imported_at=now(),
        )

    def option(self, cells: Cells) -> ContractOption:
        """Return a renewal provided by a contract."""
        buyer = cells.text("buyer")
        starts = parse_date(cells.needed("starts", "Date de début"), "Date de début")
        notice = parse_date(cells.needed("notice", "Date limite"), "Date limite")
        decision = fold(cells.text("decision"))
        if notice >= starts:
            raise BadInput(f"la date limite ({notice:%d/%m/%Y}) vient après le début ({starts:%d/%m/%Y})")
        if decision not in DECISIONS:
            raise BadInput(f"décision « {decision} » inconnue : reconduit ou non reconduit")
        return ContractOption(
            buyer_siret=checked_siret(buyer) if buyer else self.support,
            contract_number=cells.needed("contract", "Marché"),
            rank=whole(cells.text("rank") or "1", "Rang"),
            starts_on=starts,
            months=whole(cells.text("months") or "12", "Durée", LONGEST_MONTHS, least=1),
            notice_on=notice,
            is_tacit=fold(cells.text("tacit") or "oui") in ("oui", "o", "1", "vrai", "x"),
            decision=decision,
            imported_at=now(),
        )


def whole(text: str, what: str, most: int = 9999, least: int = 0) -> int:
    """Return a whole number of a file, or refuse the line."""
    return parse_count(text, what, least, most)


def import_orders(path: Path) -> FactReport:
    """Import orders; the lines of one order add up. A number is one order of a house, a supplier and a year."""
    return _import(path, ORDERS, Reader.order, ("establishment_siret", "number", "lot", "year"), _join_orders)


def import_invoices(path: Path) -> FactReport:
    """Import invoices; their lines add up, and a line that says the payment of a known invoice completes it."""
    return _import(path, INVOICES, Reader.invoice, ("establishment_siret", "number", "year"), _join_invoices)


def import_incidents(path: Path) -> FactReport:
    """Import incidents of performance."""
    return _import(path, INCIDENTS, Reader.incident, ("establishment_siret", "contract_number", "number"))


def import_gains(path: Path) -> FactReport:
    """Import the gains of the purchasing plan."""
    return _import(path, GAINS, Reader.gain, ("action", "year"))


def import_options(path: Path) -> FactReport:
    """Import the renewals that contracts provide, with the day to decide and what silence means."""
    return _import(path, OPTIONS, Reader.option, ("buyer_siret", "contract_number", "rank"))


def _join_orders(first: PurchaseOrder, second: PurchaseOrder) -> bool:
    """Add a line to its order, dated by its first day; the lines of two contracts are not one order."""
    if first.contract_number != second.contract_number:
        return False
    first.amount_ht += second.amount_ht
    first.ordered_on = min(first.ordered_on, second.ordered_on)
    return True


def _join_invoices(first: Invoice, second: Invoice) -> bool:
    """Add a line to its invoice; lines that disagree on a day or a contract are not one invoice."""
    told = {"received_on", "executed_on", "paid_on", "contract_number"}
    if first.model_dump(include=told) != second.model_dump(include=told):
        return False
    first.amount_ttc += second.amount_ttc
    return True


def _import(
    path: Path,
    columns: Columns,
    read: Callable[[Reader, Cells], Row],
    identity: tuple[str, ...],
    join: Callable[[Row, Row], bool] | None = None,
) -> FactReport:
    def key(row: Row) -> tuple[object, ...]:
        return (
            *(getattr(row, name) for name in identity),
            fold(getattr(row, "supplier", "") if join else ""),
        )

    with transaction() as session:
        reader = Reader(session)
        report, rows = read_facts(path, columns, lambda cells: read(reader, cells), Same(key, join))
        for row in rows:
            keep(session, row, identity, report, by_supplier=join is not None)
        return report


def keep(
    session: Session,
    row: SQLModel,
    identity: tuple[str, ...],
    report: FactReport,
    *,
    by_supplier: bool = False,
) -> None:
    """Add a fact, or bring the one of the same identity to what the file says; count which."""
    kind = type(row)
    same = [getattr(kind, name) == getattr(row, name) for name in identity]
    found = list(session.exec(select(kind).where(*same)).all())
    known = _of_supplier(found, row) if by_supplier else next(iter(found), None)
    values = row.model_dump(exclude={"id", "imported_at"})
    if known is None:
        session.add(row)
        session.flush()
        report.ajoutes += 1
    elif known.model_dump(exclude={"id", "imported_at"}) == values:
        report.inchanges += 1
    else:
        known.sqlmodel_update(values)
        session.add(known)
        session.flush()
        report.modifies += 1


def _of_supplier(found: list[SQLModel], row: SQLModel) -> SQLModel | None:
    """Return the fact of the same supplier, however it is written; the only one there is when one names nobody."""

    def supplier(one: SQLModel) -> str:
        return str(getattr(one, "supplier", ""))

    for same in (supplier, lambda one: fold(supplier(one))):
        if known := next((one for one in found if same(one) == same(row)), None):
            return known
    is_sole = len(found) == 1 and (not supplier(row) or not supplier(found[0]))
    return found[0] if is_sole else None
