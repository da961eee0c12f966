"""Penalties of a contract: its own clause imported, its incidents added up, said with their ground."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.contracts.register import Contract
from models.errors import BadInput
from models.execution.facts import Incident
from models.execution.penalties import NO_CAP, PenaltyClause, terms_of
from models.law.contract_terms import Ccag, Delay, late_penalties
from models.law.dated import NoValue
from models.law.need import Nature
from models.law.wording import euros
from models.reading.identifiers import checked_siret
from models.reading.values import fold, parse_positive_amount
from tasks import clock
from tasks.contracts import terms
from tasks.execution.facts import Reader, keep, whole
from tasks.execution.headings import CONTRACT
from tasks.store import transaction
from tasks.tables.lines import Cells, Columns, FactReport, Same, read_facts

CLAUSES = Columns(
    names={
        "contract": CONTRACT + "|Numéro",
        "buyer": "Acheteur",
        "divisor": "Diviseur",
        "daily": "Pénalité par jour HT|Pénalité par jour|Forfait par jour",
        "cap": "Plafond (%)|Plafond",
        "exemption": "Exonération HT|Exonération|Seuil d'exonération",
        "grace": "Franchise (jours)|Franchise",
        "observations": "Observations (jours)|Délai d'observations",
    },
    required=("contract",),
)


class Due(BaseModel):
    """The penalties of a contract on a day: an amount and on what ground, or why they cannot be told."""

    amount: Decimal = Decimal(0)
    said: str = ""


def import_clauses(path: Path) -> FactReport:
    """Import the penalties that contracts state themselves; what is left empty stays that of the CCAG."""
    with transaction() as session:
        reader = Reader(session)
        once = Same[PenaltyClause](lambda one: (one.buyer_siret, one.contract_number))
        report, rows = read_facts(path, CLAUSES, lambda cells: _clause(session, reader, cells), once)
        for row in rows:
            keep(session, row, ("buyer_siret", "contract_number"), report)
        return report


def _clause(session: Session, reader: Reader, cells: Cells) -> PenaltyClause:
    buyer, number = cells.text("buyer"), cells.needed("contract", "Marché")
    siret = checked_siret(buyer) if buyer else reader.support
    if terms.first_row(session, number, siret) is None:
        raise BadInput(f"marché « {number} » absent du registre de cet acheteur")
    divisor, daily = cells.text("divisor"), cells.text("daily")
    if divisor and daily:
        raise BadInput("un diviseur ou une pénalité par jour, pas les deux")
    clause = PenaltyClause(
        buyer_siret=siret,
        contract_number=number,
        divisor=whole(divisor, "Diviseur", 100_000) if divisor else None,
        daily_ht=cells.amount("daily", "Pénalité par jour", positive=True) if daily else None,
        cap_percent=_cap(cells.text("cap")),
        exemption_ht=_exemption(cells.text("exemption")),
        grace_days=whole(cells.text("grace"), "Franchise", 365) if cells.text("grace") else None,
        observation_days=whole(cells.text("observations"), "Observations", 365)
        if cells.text("observations")
        else None,
        imported_at=clock.now(),
    )
    if clause.divisor == 0:
        raise BadInput("Diviseur : 0 n'est pas possible")
    return clause


def _cap(text: str) -> str:
    """Return a share in percent as decimal text, "aucun" where the contract has no cap."""
    bare = fold(text).removesuffix("%").strip()
    if bare in ("", NO_CAP, "sans"):
        return NO_CAP if bare else ""
    share = parse_positive_amount(text.replace("%", "").strip(), "Plafond")
    if share > 100:
        raise BadInput(f"Plafond : {text} dépasse 100 %")
    return str(share)


def _exemption(text: str) -> Decimal | None:
    if fold(text) in (NO_CAP, "aucune", "0"):
        return Decimal("0.00")
    return parse_positive_amount(text, "Exonération") if text else None


def due_on(session: Session, contract: Contract | None, number: str, on: date) -> Due:
    """Return the penalties of a contract up to a day: every incident added up, then capped, then waived or due."""
    if contract is None:
        return Due(said="pénalités non calculées : marché absent du registre")
    clause = session.exec(
        select(PenaltyClause).where(
            PenaltyClause.buyer_siret == contract.buyer_siret, PenaltyClause.contract_number == number
        )
    ).first()
    ccag = Ccag.WORKS if contract.nature == Nature.WORKS else Ccag.SUPPLIES_SERVICES
    try:
        own = terms_of(clause, ccag, contract.notified_on or contract.starts_on)
    except NoValue:
        return Due(said="pénalités à calculer par le CCAP : marché antérieur au CCAG 2021, clause non saisie")
    whole = _amount(session, contract)
    delays = _delays(session, number, on)
    if ccag.bears_on_whole and clause is None:
        delays = [one.model_copy(update={"late_ht": whole}) for one in delays if one.days_late]
    found = late_penalties(own, delays, whole)
    ground = "clause du marché" if clause else "CCAG 2021"
    if not found.due:
        return Due(said=f"pénalités nulles ou exonérées ({ground})" if found.computed else "")
    capped = ", plafonnées" if found.is_capped else ""
    return Due(amount=found.due, said=f"{euros(found.due)} de pénalités ({ground}{capped})")


def _delays(session: Session, number: str, on: date) -> list[Delay]:
    query = select(Incident).where(Incident.contract_number == number, col(Incident.happened_on) <= on)
    return [Delay(late_ht=one.late_ht, days_late=one.days_late) for one in session.exec(query)]


def _amount(session: Session, contract: Contract) -> Decimal:
    """Return the amount of all the lots of a contract, EUR HT: the base of the cap."""
    rows = session.exec(
        select(Contract).where(
            Contract.number == contract.number, Contract.buyer_siret == contract.buyer_siret
        )
    )
    return sum((row.maximum_ht or row.amount_ht or Decimal(0) for row in rows), Decimal(0))
