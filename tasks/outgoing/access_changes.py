"""Changing the access of a person: the link goes to her alone, a second person confirms what touches a signature.

In a trial without a mail server the link is shown to whoever asks for it, as there is no other way.
"""

from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.access.requests import AccessAction, AccessRequest
from models.errors import AlreadyDone, BadInput, NotAllowed
from models.journal import Fact
from models.organisation.group import Role
from tasks import clock, journal
from tasks.access import accounts, losses, provider, service, sessions
from tasks.organisation import people
from tasks.outgoing import outbox, sealed_parts
from tasks.settings import settings
from tasks.signing import power
from tasks.store import reading, transaction

SENSITIVE = (
    Role.DIRECTOR, Role.PURCHASING_DIRECTOR, Role.BUYER, Role.LEGAL_OFFICER, Role.ADMINISTRATOR,
)  # fmt: skip
LINKED = (AccessAction.INVITE, AccessAction.RESET)
LOSING = (
    AccessAction.INVITE,
    AccessAction.RESET,
    AccessAction.DISABLE,
)  # a password chosen anew makes a new key
NO_MAIL = "Aucun serveur d'envoi n'est réglé (ACHATS_SMTP_HOST) : le lien ne peut partir qu'à la personne elle-même."
CONFIRMERS = (
    "Une seconde personne confirme : un autre administrateur ou la direction, ni qui demande ni l'intéressée."
)


class Changed(BaseModel):
    """What became of a change: done, with the link when it may be shown, or waiting for a second person."""

    personne: str
    lien: str | None = None
    expire_le: datetime | None = None
    sessions_fermees: int = 0
    fini: str = ""
    demande: int | None = None  # number of the request that a second person must confirm
    message: str = ""


class Waiting(BaseModel):
    """A change that waits for a second person."""

    numero: int
    personne: str
    action: AccessAction
    demande_par: str
    demande_le: datetime
    pertes: list[str] = []


class Wanted(BaseModel):
    """What is to be done, and with whose access."""

    action: AccessAction
    email: str
    detail: str = ""


class WouldLose(BadInput):
    """The change would destroy shares of sealed tenders; it must be asked again, knowing it."""


def check_administrator(actor: str) -> None:
    """Refuse, once in service, whoever does not manage accesses."""
    with reading() as session:
        if not service.is_in_service(session):
            return
        viewer = sessions.viewer_of(session, actor.strip().lower())
    if viewer is None or not viewer.is_administrator:
        raise NotAllowed(
            "Les accès sont gérés par un administrateur de l'application (--par, --cle, --code)."
        )


def change(
    action: AccessAction, email: str, actor: str, accepts_losses: bool = False, detail: str = ""
) -> Changed:
    """Change an access, or keep the request until a second person confirms it; `detail`: the identifier to link."""
    with reading() as session:
        someone = people.person(session, email)
        lost = _lost(session, action, someone.email)
        waits = service.is_in_service(session) and is_sensitive(session, someone.email)
        if action in LINKED and not _may_show(session) and not settings().smtp_host:
            raise NotAllowed(NO_MAIL)
    if lost and not accepts_losses:
        raise WouldLose(
            "Seraient perdus : " + " ; ".join(lost) + ". Rien n'a été fait : recommencez en l'acceptant.",
            at_command="Option : --accepter-pertes",
        )
    wanted = Wanted(action=action, email=someone.email, detail=detail)
    return _ask(wanted, actor) if waits else _done(wanted, actor)


def _lost(session: Session, action: AccessAction, email: str) -> list[str]:
    return [] if action not in LOSING else [one.said for one in losses.of(session, email)]


def is_sensitive(session: Session, email: str) -> bool:
    """Return whether the person signs, opens tenders or manages accesses: no one alone changes how she enters."""
    viewer = sessions.viewer_of(session, email)
    held = viewer is not None and bool(viewer.roles & set(SENSITIVE))
    return held or bool(power.running(session, email, clock.today()))


def _may_show(session: Session) -> bool:
    return not service.is_in_service(session) and not settings().smtp_host


def _done(wanted: Wanted, actor: str) -> Changed:
    email = wanted.email
    if wanted.action is AccessAction.LINK:
        return Changed(personne=provider.link(email, wanted.detail, actor), message="L'identifiant est lié.")
    if wanted.action is AccessAction.DISABLE:
        ended = accounts.disable(email, actor)
        return Changed(personne=email, sessions_fermees=ended.sessions_fermees, fini=ended.fini)
    make = accounts.invite if wanted.action is AccessAction.INVITE else accounts.reset
    link = make(email, actor)
    with transaction() as session:
        if _may_show(session):
            return Changed(personne=email, lien=link.lien, expire_le=link.expire_le)
        _write_link(session, link)
    return Changed(
        personne=email,
        expire_le=link.expire_le,
        message=f"Un lien valable une fois part à {email} : il n'est montré à personne d'autre.",
    )


def _write_link(session: Session, link: accounts.Link) -> None:
    letter = outbox.Letter(
        key=f"lien:{accounts.hashed(link.lien)[:32]}",
        to=link.personne,
        template="lien_acces",
        at_once=True,
        values={
            "nom": people.person(session, link.personne).name,
            "lien": sealed_parts.sealed(link.lien),
            "expire_le": clock.local(link.expire_le).strftime("%d/%m/%Y à %H:%M"),
        },
    )
    outbox.write_message(session, letter)


def _ask(wanted: Wanted, actor: str) -> Changed:
    email, action = wanted.email, wanted.action
    with transaction() as session:
        row = AccessRequest(
            person_email=email,
            action=action,
            detail=wanted.detail,
            asked_by=actor,
            asked_at=accounts.real_now(),
        )
        session.add(row)
        session.flush()
        _note(session, email, actor, f"« {action} » demandé : une seconde personne doit confirmer")
        for other in _confirmers(session, email, actor):
            outbox.write_message(session, _call(row, other))
        number = row.id
    return Changed(personne=email, demande=number, message=f"Demande n° {number} enregistrée. {CONFIRMERS}")


def _confirmers(session: Session, email: str, asker: str) -> list[str]:
    support = people.support(session).siret
    able = people.holders(session, [Role.ADMINISTRATOR, Role.DIRECTOR], clock.today(), support)
    return [one.email for one in able if one.email not in (email, asker.strip().lower())]


def _call(row: AccessRequest, to: str) -> outbox.Letter:
    return outbox.Letter(
        key=f"acces:demande:{row.id}:{to}",
        to=to,
        template="acces_a_confirmer",
        at_once=True,
        values={"personne": row.person_email, "action": row.action.value, "demande_par": row.asked_by},
    )


def _note(session: Session, email: str, actor: str, reason: str) -> None:
    journal.write(session, journal.Entry(fact=Fact.ACCESS, actor=actor, subject=email, reason=reason))


def settle(number: int, actor: str, accepts: bool) -> Changed:
    """Do a change that another person asked, or refuse it; neither she nor the person concerned may."""
    with transaction() as session:
        row = session.get(AccessRequest, number, with_for_update=True)
        if row is None:
            raise BadInput(f"Demande n° {number} inconnue.")
        if row.settled_at is not None:
            raise AlreadyDone(f"La demande n° {number} est déjà réglée par {row.settled_by}.")
        if actor not in _confirmers(session, row.person_email, row.asked_by):
            raise NotAllowed(CONFIRMERS)
        row.settled_at, row.settled_by, row.is_refused = accounts.real_now(), actor, not accepts
        said = "confirmé" if accepts else "refusé"
        _note(session, row.person_email, actor, f"« {row.action} » demandé par {row.asked_by} : {said}")
        wanted = Wanted(action=row.action, email=row.person_email, detail=row.detail)
    if not accepts:
        return Changed(personne=wanted.email, message="La demande est refusée.")
    return _done(wanted, actor)


def waiting() -> list[Waiting]:
    """Return the changes that wait for a second person, the oldest first."""
    with reading() as session:
        rows = session.exec(
            select(AccessRequest)
            .where(col(AccessRequest.settled_at).is_(None))
            .order_by(col(AccessRequest.id))
        ).all()
        return [
            Waiting(
                numero=row.id or 0,
                personne=row.person_email,
                action=row.action,
                demande_par=row.asked_by,
                demande_le=row.asked_at,
                pertes=_lost(session, row.action, row.person_email),
            )
            for row in rows
        ]
