"""Opening the procurement that renews a contract."""

from datetime import timedelta
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.contracts import Contract
from models.errors import BadInput
from models.journal import Fact
from models.law.regime import Nature
from models.organisation import Family, FamilyCpv
from models.procurement import Procurement
from tasks import dispatch, journal, procurements
from tasks.steps import step
from tasks.store import reading, transaction

USUAL_MONTHS = 48


class Renewal(BaseModel):
    """The procurement that renews a contract, and whether it was opened just now."""

    ref: str
    is_new: bool


@step("Ouvrir le renouvellement")
def open_renewal(contract: str) -> Renewal:
    """Open the procurement that renews a contract, once per contract and term, and start its first segment."""
    with reading() as session:
        rows = _rows(session, contract)
        request = _request(session, rows)
        before = session.exec(select(Procurement.ref).where(Procurement.renews == request.renews)).first()
    ref = procurements.open_procurement(request)
    with transaction() as session:
        for row in _rows(session, contract):
            if row.renewal_ref is None:
                row.renewal_ref = ref
                session.add(row)
                journal.write(
                    session,
                    journal.Entry(
                        fact=Fact.CONTRACT,
                        ref=ref,
                        subject=f"{row.number}/{row.lot}",
                        after="renouvellement ouvert",
                        reason=f"fin le {row.ends_on}",
                    ),
                )
    dispatch.deliver(ref)
    return Renewal(ref=ref, is_new=before is None)


def _rows(session: Session, contract: str) -> list[Contract]:
    rows = session.exec(select(Contract).where(Contract.number == contract).order_by(col(Contract.lot))).all()
    if not rows:
        raise BadInput(f"Marché inconnu au registre : {contract}.")
    return list(rows)


def _request(session: Session, rows: list[Contract]) -> procurements.Request:
    """Return what is asked to renew a contract: the same object, its amounts added up, the day after its end."""
    first = rows[0]
    if first.family_code is None:
        raise BadInput(
            f"Marché {first.number} : sans famille d'achat, il ne peut pas être renouvelé tout seul."
        )
    family = session.get_one(Family, first.family_code)
    cpv = (
        first.cpv
        or session.exec(select(FamilyCpv.cpv).where(FamilyCpv.family_code == family.code)).first()
        or ""
    )
    ends_on = max((row.ends_on for row in rows if row.ends_on), default=None)
    amount = sum((row.maximum_ht or row.amount_ht or Decimal(0) for row in rows), Decimal(0))
    if amount <= 0:
        raise BadInput(f"Marché {first.number} : sans montant, son renouvellement ne peut pas être estimé.")
    return procurements.Request(
        objet=first.objet,
        family=family.code,
        cpv=cpv.ljust(8, "0"),
        amount_ht=amount,
        duration_months=first.duration_months or USUAL_MONTHS,
        nature=first.nature if first.nature in list(Nature) else family.nature,
        starts_on=ends_on + timedelta(days=1) if ends_on else None,
        renews=f"{first.number}:{ends_on}",
    )
