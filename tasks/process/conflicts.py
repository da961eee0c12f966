"""Declarations of interests: given for one procurement, asked before the opening where the group makes it a duty."""

from datetime import date

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.errors import BadInput, NotAllowed
from models.journal import Fact
from models.organisation.group import Person
from models.process.conflicts import ConflictPolicy, Duty, Interests
from models.process.procurement import Decision, Procurement
from models.process.table import STAGES, Gate, is_on_the_way, stage_of
from models.signing.acts import ConflictDeclaration
from tasks import clock, journal
from tasks.organisation import people
from tasks.process import transitions
from tasks.signing import seats, takers
from tasks.signing.purchase_powers import Powers
from tasks.store import reading, transaction


class Declared(BaseModel):
    """A declaration as people read it; `deja_repondu` lists the stages a person now barred has answered at."""

    ref: str
    personne: str
    nom: str
    nature: Interests
    motif: str
    le: date
    deja_repondu: list[str] = []


class Register(BaseModel):
    """The declarations of one procurement, and who is still to declare where it is a duty."""

    ref: str
    declaration: Duty
    declarations: list[Declared]
    manquantes: list[str]


def policy(session: Session) -> Duty:
    """Return whether the group makes the declaration a duty."""
    kept = session.get(ConflictPolicy, 1)
    return kept.duty if kept else Duty.OPTIONAL


def declare(ref: str, email: str, nature: str, reason: str = "") -> Declared:
    """Record what a person declares for a procurement; a conflict once declared stays."""
    try:
        said = Interests(nature.strip().lower())
    except ValueError as error:
        raise BadInput(f"Nature « {nature} » inconnue : {' ou '.join(Interests)}.") from error
    if said is Interests.CONFLICT and not reason.strip():
        raise BadInput("Un conflit d'intérêts se déclare avec son motif (--motif).")
    with transaction() as session:
        procurement = transitions.load(session, ref)
        someone = people.person(session, email)
        row = ConflictDeclaration(
            ref=procurement.ref,
            person_email=someone.email,
            has_conflict=said is Interests.CONFLICT,
            detail=reason.strip(),
            declared_on=clock.today(),
        )
        session.add(row)
        entry = journal.Entry(
            fact=Fact.DECLARATION,
            ref=procurement.ref,
            actor=someone.email,
            subject=f"{procurement.stage}/{procurement.visit}",
            after=said,
            reason=row.detail,
        )
        journal.write(session, entry)
        return _shown(session, row, someone)


def _shown(session: Session, row: ConflictDeclaration, someone: Person) -> Declared:
    given = select(Decision).where(Decision.ref == row.ref, Decision.person_email == someone.email)
    stages = [decision.stage for decision in session.exec(given.order_by(col(Decision.id)))]
    return Declared(
        ref=row.ref,
        personne=someone.email,
        nom=someone.name,
        nature=Interests.CONFLICT if row.has_conflict else Interests.NONE,
        motif=row.detail,
        le=row.declared_on,
        deja_repondu=[stage_of(stage).label for stage in dict.fromkeys(stages)] if row.has_conflict else [],
    )


def listed(ref: str) -> Register:
    """Return the declarations of a procurement, in order, and the gates for which nobody has declared yet."""
    with reading() as session:
        procurement = session.get(Procurement, ref)
        if procurement is None:
            raise BadInput(f"Achat inconnu : {ref} (liste : achats statut).")
        rows = session.exec(
            select(ConflictDeclaration, Person)
            .join(Person, col(Person.email) == col(ConflictDeclaration.person_email))
            .where(ConflictDeclaration.ref == ref)
            .order_by(col(ConflictDeclaration.id))
        ).all()
        duty = policy(session)
        return Register(
            ref=ref,
            declaration=duty,
            declarations=[_shown(session, row, someone) for row, someone in rows],
            manquantes=_without_declaration(session, procurement) if duty is Duty.REQUIRED else [],
        )


def check_declared(session: Session, procurement: Procurement, gate: Gate, someone: Person) -> None:
    """Refuse an answer given without a declaration, and an opening before someone declared for each later gate."""
    if not gate.declares or policy(session) is Duty.OPTIONAL:
        return
    if someone.email not in _declared(session, procurement.ref):
        raise NotAllowed(
            f"{someone.name} n'a pas déclaré ses intérêts pour {procurement.ref} : « achats conflit declarer "
            f"{procurement.ref} --personne {someone.email} --nature neant » (ou conflit, avec --motif)."
        )
    missing = _without_declaration(session, procurement) if gate == _first_declaring() else []
    if missing:
        raise NotAllowed(
            "Les déclarations d'intérêts précèdent l'ouverture ; personne n'a encore déclaré pour : "
            f"{' ; '.join(missing)}."
        )


def must_declare(session: Session, procurement: Procurement, gate: Gate, email: str) -> bool:
    """Return whether a person still owes her declaration before answering at a gate."""
    owed = gate.declares and policy(session) is Duty.REQUIRED
    return owed and email not in _declared(session, procurement.ref)


def _first_declaring() -> Gate:
    """Return the gate before which everyone has declared: the opening."""
    return next(stage for stage in STAGES if isinstance(stage, Gate) and stage.declares)


def _declared(session: Session, ref: str) -> set[str]:
    query = select(ConflictDeclaration.person_email).where(ConflictDeclaration.ref == ref)
    return set(session.exec(query))


def _without_declaration(session: Session, procurement: Procurement) -> list[str]:
    """Return each seat to come for which nobody who could take it has declared: « gate (who could) »."""
    declared, powers = _declared(session, procurement.ref), Powers(session, procurement)
    found: dict[str, None] = {}
    regime = procurement.legal_regime
    for gate in STAGES:
        if not (isinstance(gate, Gate) and gate.declares and is_on_the_way(gate, regime)):
            continue
        for seat in seats.wanted_at(session, procurement, gate):
            able = takers.seat_holders(powers, seat)
            if not declared.intersection(someone.email for someone in able):
                names = ", ".join(someone.name for someone in able) or takers.seat_name(session, seat)
                found[f"{gate.label} ({names})"] = None
    return list(found)
