"""The register of withdrawals (registre des retraits): who took a published dossier, and must hear of its changes."""

from datetime import datetime

from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from models.access.sight import Viewer
from models.consultation.rectification import Withdrawal
from models.errors import BadInput, NotAllowed
from models.journal import Fact
from models.organisation.group import Establishment
from models.process.procurement import Document, Procurement
from models.reading.identifiers import checked_email
from tasks import clock, journal
from tasks.consultation import versions
from tasks.store import reading, transaction

LONGEST_NAME = 200
OPEN = "tendering"


class Listed(BaseModel):
    """A line of the register, as people read it."""

    version: int
    nom: str
    courriel: str
    entreprise: str
    le: str
    moment: datetime = Field(exclude=True)  # the same instant, for the pages


def record(
    session: Session, ref: str, name: str, email: str, company: str = "", by: str = journal.APPLICATION
) -> Withdrawal:
    """Write in the caller's transaction who takes the present version of the dossier; taking it again changes nothing.

    Raises `BadInput` (unknown purchase, no name, faulty address) or `NotAllowed` (dossier not published yet).
    """
    procurement = session.get(Procurement, ref)
    if procurement is None:
        raise BadInput(f"Achat inconnu : {ref}.")
    if procurement.launched_on is None:
        raise NotAllowed(f"{ref} : le dossier n'est pas publié, personne ne peut encore le retirer.")
    who = _who(name.strip(), email, company.strip())
    version = versions.drafted(session, ref)
    return _known(session, ref, version, who.email) or _written(session, ref, version, who, by)


class _Who(BaseModel):
    name: str
    email: str
    company: str


def _who(name: str, email: str, company: str) -> _Who:
    """Return who takes the dossier, or refuse saying everything that is wrong."""
    faults: dict[str, str] = {}
    if not name or len(name) > LONGEST_NAME:
        faults["nom"] = f"Le nom est à donner, en {LONGEST_NAME} caractères au plus."
    if len(company) > LONGEST_NAME:
        faults["entreprise"] = f"L'entreprise s'écrit en {LONGEST_NAME} caractères au plus."
    try:
        email = checked_email(email)
    except BadInput as fault:
        faults["courriel"] = str(fault)
    if faults:
        raise BadInput(f"Retrait : {' '.join(faults.values())}", fields=faults)
    return _Who(name=name, email=email, company=company)


def _known(session: Session, ref: str, version: int, email: str) -> Withdrawal | None:
    query = select(Withdrawal).where(
        Withdrawal.ref == ref, Withdrawal.version == version, Withdrawal.email == email
    )
    return session.exec(query).first()


def _written(session: Session, ref: str, version: int, who: _Who, by: str) -> Withdrawal:
    row = Withdrawal(ref=ref, version=version, taken_at=clock.now(), **who.model_dump())
    session.add(row)
    session.flush()
    journal.write(
        session,
        journal.Entry(
            fact=Fact.WITHDRAWAL,
            ref=ref,
            actor=by,
            subject=f"dossier, version {version}",
            after=who.email,
            reason=who.company,
        ),
    )
    return row


def note_download(viewer: Viewer, document: Document) -> None:
    """Enter in the register a person of the group who takes the dossier in force while tenders are awaited.

    She must hear of its changes as the companies do; the house she works in is named, so that the register tells her
    from a candidate. Those who run the procedure hold the dossier by their function: they are not entered.
    """
    if viewer.runs_purchases:
        return
    with reading() as session:
        procurement = session.get(Procurement, document.ref)
        if procurement is None or procurement.stage != OPEN:
            return
        version = versions.drafted(session, document.ref)
        if not document.path.startswith(f"documents/{document.ref}/{versions.folder(version)}/"):
            return
        if _known(session, document.ref, version, viewer.email):
            return
        house = session.get(Establishment, viewer.siret)
    with transaction() as session:
        record(session, document.ref, viewer.name, viewer.email, house.name if house else "", by=viewer.email)


def of(session: Session, ref: str) -> list[Withdrawal]:
    """Return the register of a purchase, in order."""
    return list(session.exec(select(Withdrawal).where(Withdrawal.ref == ref).order_by(col(Withdrawal.id))))


def listed(ref: str) -> list[Listed]:
    """Return the register of a purchase as people read it; an unknown purchase is refused."""
    with reading() as session:
        if session.get(Procurement, ref) is None:
            raise BadInput(f"Achat inconnu : {ref}.")
        return [shown(row) for row in of(session, ref)]


class Register(BaseModel):
    """The register of one purchase as the team reads it, and whether somebody may still be entered."""

    lines: list[Listed]
    is_open: bool


def register_for(viewer: Viewer, ref: str) -> Register | None:
    """Return the register for those who run the procedure, None for others and before the publication."""
    if not viewer.runs_purchases:
        return None
    with reading() as session:
        query = (
            select(Procurement, Withdrawal)
            .join(Withdrawal, col(Withdrawal.ref) == col(Procurement.ref), isouter=True)
            .where(Procurement.ref == ref)
            .order_by(col(Withdrawal.id))
        )
        found: list[tuple[Procurement, Withdrawal | None]] = list(session.exec(query))
    if not found or found[0][0].launched_on is None:
        return None
    return Register(lines=[shown(row) for _, row in found if row], is_open=found[0][0].stage == OPEN)


class Taker(BaseModel):
    """Who took the dossier, as the team enters her."""

    name: str
    email: str
    company: str = ""


def enter(viewer: Viewer, ref: str, who: Taker) -> None:
    """Enter in the register, by hand, a person to whom the dossier was given while tenders are awaited."""
    with transaction() as session:
        procurement = session.get(Procurement, ref)
        if not viewer.runs_purchases:
            raise NotAllowed("Le registre des retraits est tenu par ceux qui mènent la procédure.")
        if procurement is None or procurement.stage != OPEN:
            raise NotAllowed(f"{ref} : un retrait s'inscrit pendant la consultation, pas à cette étape.")
        record(session, ref, who.name, who.email, who.company, by=viewer.email)


def shown(row: Withdrawal) -> Listed:
    """Return a line of the register as people read it."""
    return Listed(
        version=row.version,
        nom=row.name,
        courriel=row.email,
        entreprise=row.company,
        le=clock.local(row.taken_at).isoformat(timespec="seconds"),
        moment=row.taken_at,
    )
