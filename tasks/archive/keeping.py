"""The clock of retention of each purchase, and its elimination by two people."""

from contextlib import suppress
from datetime import date

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.access.proofs import Means
from models.archive.keeping import Clock, Elimination, Part, part_of
from models.contracts.register import Contract
from models.errors import AlreadyDone, BadInput, NotAllowed
from models.journal import Fact
from models.law.deadlines import keeping
from models.law.need import Nature
from models.organisation.group import Role
from models.process.procurement import Document, Procurement, Tender
from tasks import clock, journal, storage
from tasks.access.proofs import Credentials, prove
from tasks.organisation import people
from tasks.store import reading, transaction

DECIDERS = (Role.PURCHASING_DIRECTOR, Role.DIRECTOR)
ASKERS = (Role.BUYER, Role.ADMINISTRATOR, *DECIDERS)


class Kept(BaseModel):
    """A purchase and its two clocks."""

    ref: str
    objet: str
    horloges: list[Clock]


class Asked(BaseModel):
    """What became of a request to eliminate."""

    ref: str
    partie: Part
    est_faite: bool
    documents: int
    demandee_par: str
    decidee_par: str | None = None


def clocks(session: Session, procurement: Procurement) -> list[Clock]:
    """Return the two clocks of a purchase; without a signature or an end of execution, nothing runs yet."""
    done = {
        row.part: row.decided_at
        for row in session.exec(select(Elimination).where(Elimination.ref == procurement.ref))
    }
    contracts = session.exec(select(Contract).where(Contract.procurement_ref == procurement.ref)).all()
    signed_on, ended_on = (
        procurement.signed_on,
        max((one.ends_on for one in contracts if one.ends_on), default=None),
    )
    found = []
    for part, since in ((Part.PROCEDURE, signed_on), (Part.CONTRACT, ended_on if signed_on else None)):
        until = _until(Nature(procurement.nature), part, signed_on, since)
        found.append(
            Clock(
                partie=part,
                depuis=since,
                annees=until.year - since.year if until and since else None,
                jusqu_au=until,
                article=part.article,
                elimine_le=done.get(part),
            )
        )
    return found


def _until(nature: Nature, part: Part, signed_on: date | None, since: date | None) -> date | None:
    if signed_on is None or since is None:
        return None
    found = keeping(nature, signed_on, since)
    return found.tenders_until if part is Part.PROCEDURE else found.contract_until


def register() -> list[Kept]:
    """Return every purchase whose papers are kept, the soonest end first."""
    with reading() as session:
        rows = session.exec(select(Procurement).order_by(col(Procurement.ref))).all()
        found = [Kept(ref=one.ref, objet=one.objet, horloges=clocks(session, one)) for one in rows]
    return sorted(found, key=lambda one: min((c.jusqu_au or date.max) for c in one.horloges))


def eliminate(ref: str, part: Part, email: str, visa: str, given: Credentials) -> Asked:
    """Ask for the elimination of a part, or decide it when another person asked: files go, their hashes stay.

    Raises `NotAllowed` before the end of the duration, for a second answer of the same person, for one who may not.
    """
    means = prove(email, given)
    with transaction() as session:
        procurement = session.get(Procurement, ref)
        if procurement is None:
            raise BadInput(f"Achat inconnu : {ref}.")
        someone = people.person(session, email)
        _check_time(next(one for one in clocks(session, procurement) if one.partie is part), ref)
        row = session.exec(
            select(Elimination).where(Elimination.ref == ref, Elimination.part == part)
        ).first()
        if row is None:
            _check_role(session, someone.email, ASKERS)
            if not visa.strip():
                raise BadInput(
                    "--visa : la référence du visa des archives est obligatoire (C. patr., art. L. 212-2)."
                )
            row = Elimination(
                ref=ref, part=part, visa=visa.strip(), asked_by=someone.email, asked_at=clock.now()
            )
            session.add(row)
            _note(session, row, someone.email, f"demandée ({means})")
            return _said(row)
        _decide(session, row, someone.email, means)
    for path in row.paths:
        with suppress(FileNotFoundError):
            storage.resolve(path).unlink()
    return _said(row)


def _check_time(found: Clock, ref: str) -> None:
    if found.elimine_le is not None:
        raise AlreadyDone(f"{ref} : {found.partie.label.lower()} déjà éliminé.")
    if found.jusqu_au is None or clock.today() <= found.jusqu_au:
        until = f"jusqu'au {found.jusqu_au:%d/%m/%Y}" if found.jusqu_au else "sans terme connu"
        raise NotAllowed(f"{ref} : {found.partie.label.lower()} à conserver {until} ({found.article}).")


def _check_role(session: Session, email: str, roles: tuple[Role, ...]) -> None:
    if email not in {one.email for one in people.holders(session, roles, clock.today())}:
        raise NotAllowed(f"{email} n'a pas de rôle qui permette cette décision.")


def _decide(session: Session, row: Elimination, email: str, means: Means) -> None:
    if email == row.asked_by:
        raise NotAllowed("Une élimination est décidée par deux personnes : une autre doit répondre.")
    _check_role(session, email, DECIDERS)
    documents = session.exec(select(Document).where(Document.ref == row.ref)).all()
    row.paths = [one.path for one in documents if part_of(one.kind) is row.part]
    row.decided_by, row.decided_at = email, clock.now()
    session.add(row)
    if row.part is Part.PROCEDURE:
        for tender in session.exec(select(Tender).where(Tender.ref == row.ref)):
            kept = {"candidat": tender.content.get("candidat"), "lots": [], "elimine": True}
            tender.content = kept
            session.add(tender)
    _note(session, row, email, f"décidée ({means})")


def _note(session: Session, row: Elimination, email: str, what: str) -> None:
    said = f"{what} ; visa des archives : {row.visa}" + (
        f" ; {len(row.paths)} documents" if row.paths else ""
    )
    entry = journal.Entry(fact=Fact.ELIMINATED, ref=row.ref, actor=email, subject=row.part, reason=said)
    journal.write(session, entry)


def _said(row: Elimination) -> Asked:
    return Asked(
        ref=row.ref,
        partie=row.part,
        est_faite=row.decided_at is not None,
        documents=len(row.paths),
        demandee_par=row.asked_by,
        decidee_par=row.decided_by,
    )
