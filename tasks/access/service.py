"""Putting a home in service: from then on nobody answers, signs or proves herself through the command line of another.

A home that was never put in service is a trial: rehearsals, demonstrations, and the first steps of a group.
"""

from sqlmodel import Session, col, select

from models.access.accounts import Invitation
from models.access.proofs import CodeEnrolment, PersonalKey
from models.access.service import InService
from models.errors import AlreadyDone, NotAllowed
from models.journal import Fact
from tasks import clock, journal
from tasks.access import ends, proofs
from tasks.access.proofs import Credentials
from tasks.store import reading, transaction

MOVED_CLOCK = (
    "L'horloge de répétition de ce dossier a été avancée : il ne peut plus servir pour de vrai. "
    "Recommencez dans un autre dossier (ACHATS_HOME)."
)
BY_HERSELF = (
    "Ce groupement est en service : {} se fait dans les pages, par la personne, ou avec sa clé personnelle "
    "et son code (--cle, --code)."
)
IN_PAGES = "Ce groupement est en service : chaque personne inscrit elle-même {} dans ses pages (Mon compte)."


def is_in_service(session: Session) -> bool:
    """Return whether the home serves for real."""
    return session.get(InService, 1) is not None


def put_in_service(actor: str) -> None:
    """Put the home in service for ever; keys, telephones and links handed over by the command line stop working."""
    with transaction() as session:
        if is_in_service(session):
            raise AlreadyDone("Ce groupement est déjà en service.")
        if clock.is_rehearsal():
            raise NotAllowed(MOVED_CLOCK)
        now = clock.now()
        session.add(InService(since=now, by=actor))
        keys = select(PersonalKey).where(col(PersonalKey.revoked_at).is_(None))
        for key in session.exec(keys.where(col(PersonalKey.is_own).is_(False))):
            key.revoked_at = now
        for phone in session.exec(select(CodeEnrolment).where(col(CodeEnrolment.is_own).is_(False))):
            session.delete(phone)
        for email in session.exec(select(Invitation.person_email).distinct()).all():
            ends.end_links(session, email, now)
        reason = "le groupement est mis en service : la ligne de commande ne répond plus pour les personnes"
        entry = journal.Entry(fact=Fact.ACCESS, actor=actor, subject="mise en service", reason=reason)
        journal.write(session, entry)


def check_in_pages(what: str) -> None:
    """Refuse, once in service, that the command line hands over what proves a person."""
    with reading() as session:
        if is_in_service(session):
            raise NotAllowed(IN_PAGES.format(what))


def check_herself(email: str, given: Credentials, what: str) -> None:
    """Refuse, once in service, what is done in the name of a person without her own key and code."""
    with reading() as session:
        if not is_in_service(session):
            return
        ends.check_open(session, email)
        if given.key is None or given.code is None:
            raise NotAllowed(BY_HERSELF.format(what))
        proofs.check_key(session, email, given.key)
    proofs.check_code(email, given.code)
