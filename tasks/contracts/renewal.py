"""Opening the procurement that renews a contract, with the contract's history already in it."""

from datetime import timedelta
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Session, select

from models.contracts.renewals import RenewalFile
from models.contracts.terms import Term
from models.journal import Fact
from models.law.dated import Law, NoValue
from models.law.need import thresholds_for
from models.law.regime import Nature
from models.law.wording import euros
from models.organisation.group import Family, FamilyCpv
from models.process.forms import LONGEST_MONTHS
from models.process.procurement import Procurement
from tasks import clock, journal
from tasks.contracts import histories, terms
from tasks.outgoing import dispatch
from tasks.process import procurements
from tasks.store import reading, transaction

USUAL_MONTHS = 48
UNSORTED = "a-classer"
UNSORTED_CPV = "98000000"


class Renewal(BaseModel):
    """The procurement that renews a contract, whether it was opened just now, and what must be completed."""

    ref: str
    is_new: bool
    remarques: list[str] = []


def open_for(contract: str, buyer: str | None = None) -> Renewal:
    """Open the procurement that renews a contract, once per contract and term; ask for its first segment.

    `buyer` is the e-mail address of the person who asks for it, its buyer from then on; None for the watch.
    `contract` is the key of a term ("2022-PERF:2026-05-14") or a number. Killed at any point and called
    again, it ends with one procurement, one history and one line of the journal.
    """
    with transaction() as session:
        term = terms.find_term(session, contract)
        if term.first.renewal_ref:
            return Renewal(ref=term.first.renewal_ref, is_new=False)
        request, remarks = _request(session, term)
        request.buyer = buyer
        before = session.exec(select(Procurement.ref).where(Procurement.renews == request.renews)).first()
    ref = procurements.open_procurement(request)
    with transaction() as session:
        _attach(session, terms.find_term(session, term.key), ref, remarks, buyer or journal.APPLICATION)
    dispatch.deliver(ref)
    return Renewal(ref=ref, is_new=before is None, remarques=remarks)


def _attach(session: Session, term: Term, ref: str, remarks: list[str], actor: str) -> None:
    """Write the renewal on every row of the term, with its history; the second time changes nothing."""
    if session.get(RenewalFile, ref) is None:
        past = histories.past_contract(session, term, remarks)
        session.add(RenewalFile(ref=ref, content=past.model_dump(mode="json")))
    missing = [row for row in term.lots if row.renewal_ref is None]
    for row in missing:
        row.renewal_ref = ref
        session.add(row)
    if missing:
        entry = journal.Entry(
            fact=Fact.CONTRACT,
            ref=ref,
            actor=actor,
            subject=term.key,
            after="renouvellement ouvert",
            reason=f"fin le {term.ends_on:%d/%m/%Y}" if term.ends_on else "sans date de fin",
        )
        journal.write(session, entry)


def _request(session: Session, term: Term) -> tuple[procurements.Request, list[str]]:
    """Return what is asked: the same object, the amounts added up, the day after the end; and what lacks."""
    first, remarks = term.first, []
    family = _family(session, first.family_code)
    if first.family_code is None:
        remarks.append("famille à préciser")
    nature = first.nature if first.nature in list(Nature) else family.nature
    amount = term.amount_ht
    if amount <= 0:
        amount = _amount_unknown(term, Nature(nature))
        remarks.append(f"montant inconnu au registre : estimé à {euros(amount)} HT, à préciser")
    request = procurements.Request(
        objet=first.objet,
        family=family.code,
        cpv=_cpv(session, first.cpv, family.code),
        amount_ht=amount,
        duration_months=min(first.duration_months or USUAL_MONTHS, LONGEST_MONTHS),
        nature=nature,
        starts_on=term.ends_on + timedelta(days=1) if term.ends_on else None,
        renews=term.key,
    )
    return request, remarks


def _family(session: Session, code: str | None) -> Family:
    """Return the family, or the one that holds what is still to be sorted."""
    found = session.get(Family, code or UNSORTED)
    if found is None:
        found = Family(code=UNSORTED, label="Achats à classer")
        session.add(found)
        session.flush()
    return found


def _cpv(session: Session, cpv: str, family: str) -> str:
    known = cpv or session.exec(select(FamilyCpv.cpv).where(FamilyCpv.family_code == family)).first()
    return (known or UNSORTED_CPV).ljust(8, "0")


def _amount_unknown(term: Term, nature: Nature) -> Decimal:
    """Return the formalised threshold: without amount, the strictest procedure is the safe one."""
    for on in (term.ends_on, clock.today()):
        try:
            if on:
                return Decimal(thresholds_for(nature, Law(on)).european)
        except NoValue:
            continue
    raise NoValue("Aucun seuil connu pour estimer le renouvellement.")


def history_of(ref: str) -> RenewalFile | None:
    """Return the history that a renewal was opened with, or None for a procurement that renews nothing."""
    with reading() as session:
        return session.get(RenewalFile, ref)
