"""Receiving tenders with their time of receipt, and pricing them for the analysis."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ValidationError
from sqlmodel import Session, col, func, select

from models.errors import BadInput, NotAllowed
from models.journal import Fact
from models.process.procurement import Item, Need, Procurement, Tender
from models.process.table import stage_of
from models.reading.form_faults import faults_of
from models.reading.values import to_cents
from models.tendering.envelopes import FILE
from models.tendering.tenders import LotTender, PricedLot, TenderFile
from tasks import clock, journal, space, storage
from tasks.process import transitions
from tasks.store import reading, transaction
from tasks.tendering import repeats, replaced, seals, successive

MONTHS_A_YEAR = 12
RECEIVING = ("tendering", "opening")


class Receipt(BaseModel):
    """The acknowledgment given for a tender (accusé de réception)."""

    ref: str
    numero: int
    candidat: str
    recu_le: str
    hors_delai: bool
    sha256: str  # of the file, for who sent it: the application keeps the next one alone
    empreinte: str = ""  # of a random number and the file, as the journal keeps it
    remplace: list[
        int
    ] = []  # earlier tenders of the candidate that will not be opened, in whole or on some lots


class Deposit(BaseModel):
    """What comes with a tender: the bytes of its file, who handed it over."""

    raw: bytes
    actor: str


def receive(ref: str, file: Path, actor: str = journal.APPLICATION) -> Receipt:
    """Record the tender of a file at the present instant."""
    return deposit(ref, _read(file), str(file), actor)


def deposit(ref: str, raw: bytes, name: str, actor: str = journal.APPLICATION) -> Receipt:
    """Record a tender at the present instant; one received after the deadline is kept, marked late."""
    tender = _parse(raw, name)
    space.refuse_when_full()
    try:
        with transaction() as session:
            return _received(session, ref, tender, Deposit(raw=raw, actor=actor))
    except seals.SealChanged as changed:
        _note_refused(ref, actor, str(changed))
        raise


def _received(session: Session, ref: str, tender: TenderFile, given: Deposit) -> Receipt:
    procurement = transitions.load(session, ref)
    if procurement.stage not in RECEIVING:
        raise NotAllowed(f"{ref} ne reçoit pas d'offres à l'étape « {stage_of(procurement.stage).label} ».")
    _check_items(session, procurement, tender)
    return _record(session, procurement, tender, given)


def _note_refused(ref: str, actor: str, reason: str) -> None:
    entry = journal.Entry(fact=Fact.REFUSAL, ref=ref, actor=actor, subject="dépôt d'une offre", reason=reason)
    with transaction() as session:
        journal.write(session, entry)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"Fichier d'offre {file} illisible : {error.strerror}.") from error


def _parse(raw: bytes, name: str) -> TenderFile:
    try:
        return TenderFile.model_validate_json(raw)
    except ValidationError as error:
        raise BadInput(f"Offre {name} : {faults_of(error, 'fichier')}.") from error


def _check_items(session: Session, procurement: Procurement, tender: TenderFile) -> None:
    lots: dict[int, set[str]] = {}
    for item in session.exec(select(Item).where(Item.ref == procurement.ref)):
        lots.setdefault(item.lot, set()).add(item.code)
    if len({part.lot for part in tender.lots}) < len(tender.lots):
        raise BadInput("Un lot est donné deux fois : une offre a un seul prix par article et par lot.")
    for part in tender.lots:
        if part.lot not in lots:
            raise BadInput(
                f"Lot {part.lot} inconnu : l'achat a les lots {', '.join(map(str, sorted(lots)))}."
            )
        if unknown := sorted(part.prices.keys() - lots[part.lot]):
            raise BadInput(f"Lot {part.lot}, article inconnu : {', '.join(unknown)}.")


def _record(session: Session, procurement: Procurement, tender: TenderFile, given: Deposit) -> Receipt:
    same = _same_file(session, procurement, tender, given.raw)
    before = successive.of(session, procurement.ref)
    late = _is_late(procurement, clock.now())
    if same is not None and same.number not in before and same.is_late <= late:
        return _receipt(session, same, given.raw)  # the file sent again, and still the last: the same receipt
    kept = _keep(session, procurement, tender, given)
    for number, by_lot in successive.of(session, procurement.ref).items():
        lots = [lot for lot, by in by_lot.items() if by == kept.number and lot not in before.get(number, {})]
        if lots:
            _note_replaced(session, kept, number, lots)
            replaced.tell(session, procurement, kept, number, given.actor)
    return _receipt(session, kept, given.raw)


def _same_file(session: Session, procurement: Procurement, tender: TenderFile, raw: bytes) -> Tender | None:
    """Return the last tender that the same candidate sent in the very same file."""
    query = select(Tender).where(Tender.ref == procurement.ref, Tender.siret == tender.tenderer.siret)
    plain = storage.sha256(raw)
    for one in session.exec(query.order_by(col(Tender.number).desc())):
        if one.sha256 == plain or repeats.is_same(one.repeat_mark, raw):
            return one
    return None


def _is_late(procurement: Procurement, received_at: datetime) -> bool:
    due_at = procurement.tenders_due_at
    return due_at is not None and received_at > due_at


def _keep(session: Session, procurement: Procurement, tender: TenderFile, given: Deposit) -> Tender:
    count = session.exec(select(func.count()).where(col(Tender.ref) == procurement.ref)).one()
    received_at = clock.now()
    sealed = seals.seal(session, procurement, tender, given.raw)
    kept = Tender(
        ref=procurement.ref,
        number=count + 1,
        supplier=tender.tenderer.name,
        siret=tender.tenderer.siret,
        received_at=received_at,
        is_late=_is_late(procurement, received_at),
        sha256=sealed.commitments[FILE],
        content=sealed.content,
        commitments=sealed.commitments,
        repeat_mark=repeats.mark(given.raw),
    )
    session.add(kept)
    session.flush()
    session.refresh(kept)
    journal.write(
        session,
        journal.Entry(
            fact=Fact.TENDER,
            ref=procurement.ref,
            actor=given.actor,
            subject=f"offre {kept.number}",
            after="hors délai" if kept.is_late else "reçue",
            reason=kept.receipt,
        ),
    )
    return kept


def _note_replaced(session: Session, by: Tender, number: int, lots: list[int]) -> None:
    said = ", ".join(map(str, sorted(lots)))
    entry = journal.Entry(
        fact=Fact.TENDER,
        ref=by.ref,
        subject=f"remplacement de l'offre {number}",
        after=f"offre {by.number}",
        reason=f"lots {said} : seule la dernière offre reçue dans le délai est ouverte (CCP art. R. 2151-6)",
    )
    journal.write(session, entry)


def _receipt(session: Session, tender: Tender, raw: bytes) -> Receipt:
    later = successive.of(session, tender.ref)
    return Receipt(
        ref=tender.ref,
        numero=tender.number,
        candidat=tender.supplier,
        recu_le=tender.received_at.astimezone(clock.PARIS).isoformat(timespec="seconds"),
        hors_delai=tender.is_late,
        sha256=storage.sha256(raw),
        empreinte=tender.sha256,
        remplace=[number for number, by_lot in later.items() if tender.number in by_lot.values()],
    )


def yearly_quantities(session: Session, ref: str) -> dict[str, Decimal]:
    """Return the yearly quantity of each item, all establishments together."""
    totals: dict[str, Decimal] = {}
    for need in session.exec(select(Need).where(Need.ref == ref)):
        totals[need.item_code] = totals.get(need.item_code, Decimal(0)) + need.quantity
    return totals


def priced(session: Session, procurement: Procurement) -> list[PricedLot]:
    """Return each tender received in time on each of its lots, with its comparison amount (EUR HT, whole duration)."""
    quantities = yearly_quantities(session, procurement.ref)
    years = Decimal(procurement.duration_months) / MONTHS_A_YEAR
    items: dict[int, list[str]] = {}
    for item in session.exec(select(Item).where(Item.ref == procurement.ref).order_by(col(Item.rank))):
        items.setdefault(item.lot, []).append(item.code)
    query = select(Tender).where(Tender.ref == procurement.ref).order_by(col(Tender.number))
    received = session.exec(query).all()
    later = successive.among(received)
    results: list[PricedLot] = []
    for tender in successive.in_force(received):
        for part in _opened_lots(tender, set(later.get(tender.number, {}))):
            codes = items.get(part.lot, [])
            yearly = sum(
                (part.prices.get(code, Decimal(0)) * quantities.get(code, Decimal(0)) for code in codes),
                Decimal(0),
            )
            results.append(
                PricedLot(
                    number=tender.number,
                    supplier=tender.supplier,
                    lot=part.lot,
                    amount_ht=to_cents(yearly * years),
                    missing=[code for code in codes if code not in part.prices],
                )
            )
    return results


def _opened_lots(tender: Tender, replaced: set[int]) -> list[LotTender]:
    """Return the lots of an opened tender with their prices, but those that a later tender replaces."""
    parts = tender.content["lots"]
    assert isinstance(parts, list)
    return [LotTender.model_validate(part) for part in parts if part["lot"] not in replaced]


def example(ref: str) -> TenderFile:
    """Return a tender file for the procurement that only lacks its prices (all at one euro)."""
    with reading() as session:
        items = session.exec(select(Item).where(Item.ref == ref).order_by(col(Item.rank))).all()
    if not items:
        raise BadInput(f"{ref} n'a pas encore d'articles : la stratégie n'est pas arrêtée.")
    lots = sorted({item.lot for item in items})
    return TenderFile.model_validate(
        {
            "candidat": {"nom": "Nom du candidat", "siret": "73282932000074", "courriel": "", "pme": False},
            "lots": [
                {"lot": lot, "prix": {item.code: "1.00" for item in items if item.lot == lot}} for lot in lots
            ],
        }
    )
