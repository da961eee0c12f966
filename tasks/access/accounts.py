"""Accounts of the pages: one-time links, passwords, ends, and the log of logins.

Everything here is timed by the real clock: moving the clock of a rehearsal neither opens nor closes an account.
"""

import secrets
from datetime import date, datetime, timedelta

from pydantic import BaseModel, SecretStr
from sqlmodel import Session, col, or_, select

from models.access.accounts import Account, Invitation, LoginEvent, LoginMeans, LoginOutcome, password_fault
from models.errors import BadInput, NotAllowed
from models.journal import Fact
from models.organisation.group import Person
from tasks import clock, journal, storage
from tasks.access import ends, hashing, opening_keys, tries
from tasks.access.tries import Place
from tasks.organisation import people
from tasks.settings import pages_url
from tasks.store import reading, transaction

LINK_HOURS = 72
WRONG_OWN = "Le mot de passe actuel n'est pas le bon."
WRONG = "Adresse ou mot de passe incorrect."
DEAD_LINK = "Ce lien a déjà servi ou n'est plus valable : demandez-en un autre à l'administrateur."


class Link(BaseModel):
    """A one-time link just made; it is shown this once."""

    personne: str
    lien: str
    expire_le: datetime


class Disabled(BaseModel):
    """What the end of an access did."""

    personne: str
    sessions_fermees: int
    fini: str = ""  # everything that ended with the access


def real_now() -> datetime:
    """Return the present instant of the real clock."""
    return clock.real(clock.now())


def hashed(token: str) -> str:
    """Return what the database keeps of a random token."""
    return storage.sha256(token.encode())


def invite(email: str, actor: str = journal.APPLICATION) -> Link:
    """Return a link by which a person of the organisation chooses her password; former links stop working."""
    token = secrets.token_urlsafe(32)
    now = real_now()
    with transaction() as session:
        someone = _active_person(session, email)
        account = session.get(Account, someone.email)
        if account is None:
            session.add(Account(person_email=someone.email, created_at=now))
            session.flush()
        elif account.is_ended(clock.today()):
            account.disabled_at = account.ends_after = None
            ends.end_everything(session, someone.email, now, actor)  # what an older end has left
        ends.end_links(session, someone.email, now)
        expires_at = now + timedelta(hours=LINK_HOURS)
        session.add(
            Invitation(
                hashed_token=hashed(token),
                person_email=someone.email,
                created_at=now,
                expires_at=expires_at,
            )
        )
        _journal(session, someone.email, "invitation à choisir un mot de passe", actor)
        log(session, someone.email, "", LoginOutcome.INVITED)
    return Link(personne=someone.email, lien=f"{pages_url()}/invitation/{token}", expire_le=expires_at)


def reset(email: str, actor: str = journal.APPLICATION) -> Link:
    """Return a new link after ending everything that the person held: password, sessions, tokens, phone, keys."""
    with transaction() as session:
        account = _account(session, email)
        if account.is_ended(clock.today()):
            raise BadInput(
                f"L'accès de {account.person_email} est désactivé : pour le rouvrir, invitez de nouveau la personne "
                f"(achats utilisateur inviter {account.person_email})."
            )
        account.hashed_password = None
        account.subject = None  # the next login by the identity provider binds its account again
        tries.forget(session, account.person_email)
        _journal(session, account.person_email, "mot de passe remis à zéro", actor)
        ends.end_everything(session, account.person_email, real_now(), actor)
    return invite(email, actor)


def disable(email: str, actor: str = journal.APPLICATION) -> Disabled:
    """End the access of a person at once, and everything that she holds."""
    with transaction() as session:
        account = _account(session, email)
        ended = _close(session, account, actor)
    return Disabled(personne=account.person_email, sessions_fermees=ended.sessions, fini=ended.said)


def _close(session: Session, account: Account, actor: str) -> ends.Ended:
    account.disabled_at, account.hashed_password = real_now(), None
    _journal(session, account.person_email, "accès désactivé", actor)
    return ends.end_everything(session, account.person_email, real_now(), actor)


def end_after(session: Session, email: str, last_day: date, actor: str) -> None:
    """Close the access of a person who leaves: the day after her last one, at once when it is past."""
    account = session.get(Account, email)
    if account is None:
        account = Account(person_email=email, created_at=real_now())
        session.add(account)
    account.ends_after = last_day
    session.flush()
    if last_day < clock.today():
        _close(session, account, actor)


def close_departed(on: date) -> list[str]:
    """Close the accesses of those who have left before that day; the watch does it each morning, without remark."""
    with transaction() as session:
        left = select(Account).join(Person, col(Person.email) == col(Account.person_email))
        left = left.where(
            col(Account.disabled_at).is_(None),
            or_(col(Account.ends_after) < on, col(Person.active_until) < on),
        )
        for account in session.exec(left).all():
            _close(session, account, journal.APPLICATION)
    return []


def _active_person(session: Session, email: str) -> Person:
    someone = people.person(session, email)
    if someone.active_until is not None and someone.active_until < clock.today():
        raise NotAllowed(f"{someone.name} n'est plus en fonction depuis le {someone.active_until:%d/%m/%Y}.")
    return someone


def _account(session: Session, email: str) -> Account:
    someone = people.person(session, email)
    found = session.get(Account, someone.email)
    if found is None:
        raise BadInput(
            f"{someone.email} n'a pas encore d'accès : il faut d'abord l'inviter.",
            at_command=f"Commande : achats utilisateur inviter {someone.email}",
        )
    return found


def _journal(session: Session, email: str, reason: str, actor: str) -> None:
    journal.write(session, journal.Entry(fact=Fact.ACCESS, actor=actor, subject=email, reason=reason))


def log(
    session: Session, typed: str, address: str, outcome: LoginOutcome, means: LoginMeans | None = None
) -> None:
    """Add a line to the log of logins."""
    line = LoginEvent(at=real_now(), typed=typed[:254], address=address[:64], outcome=outcome, means=means)
    session.add(line)


def invited(token: str) -> Person:
    """Return whom a link invites, or refuse a link that is used, expired or unknown."""
    with reading() as session:
        return session.get_one(Person, _live_link(session, token).person_email)


def _live_link(session: Session, token: str) -> Invitation:
    link = session.get(Invitation, hashed(token), with_for_update=True)
    if link is None or link.used_at is not None or link.expires_at < real_now():
        raise NotAllowed(DEAD_LINK)
    return link


class Chosen(BaseModel):
    """A password typed twice."""

    once: SecretStr
    again: SecretStr

    def checked(self, email: str) -> str:
        """Return the password, or refuse two that differ and one that is too weak."""
        password = self.once.get_secret_value()
        if password != self.again.get_secret_value():
            raise BadInput("Les deux saisies du mot de passe diffèrent.")
        if fault := password_fault(password, email):
            raise BadInput(fault)
        return password


def accept(token: str, chosen: Chosen, address: str) -> str:
    """Keep the password chosen through a link, once; return whose it is."""
    email = invited(token).email
    protected = hashing.protected(chosen.checked(email))
    with transaction() as session:
        link = _live_link(session, token)
        link.used_at = real_now()
        _keep_password(session, email, protected)
        opening_keys.keep_opening_key(session, email, chosen.once)
        log(session, email, address, LoginOutcome.ACCEPTED)
    return email


def change_password(email: str, former: SecretStr, chosen: Chosen, address: str) -> None:
    """Replace a password by its owner, who proves the former one; all that she held ends but phone and opening key."""
    check_own_password(email, former, address)
    protected = hashing.protected(chosen.checked(email))
    with transaction() as session:
        _keep_password(session, email, protected)
        opening_keys.rewrap_opening_key(session, email, former, chosen.once)
        log(session, email, address, LoginOutcome.ACCEPTED)


def _keep_password(session: Session, email: str, protected: str) -> None:
    account = session.get_one(Account, email)
    if account.is_ended(clock.today()):
        raise NotAllowed(DEAD_LINK)
    account.hashed_password = protected
    tries.forget(session, email)
    _journal(session, email, "mot de passe choisi", email)
    ends.end_everything(session, email, real_now(), email, keeps=ends.OWN_CHANGE)


def check_password(typed: str, password: SecretStr, place: Place) -> str:
    """Return whose password this is; refuse without telling an unknown address from a wrong password.

    Five wrong ones in one place make that place wait a quarter of an hour, and no other.
    """
    email = typed.strip().lower()[:254]
    with reading() as session:
        tries.check(session, email, place, real_now())
        account = session.get(Account, email)
        protected = account.hashed_password if account else None
    matches = hashing.matches(protected or hashing.decoy(), password.get_secret_value())
    with transaction() as session:
        refusal = _settle(session, email, place, matches and protected is not None)
    if refusal:
        raise NotAllowed(refusal)
    return email


def check_own_password(email: str, password: SecretStr, address: str) -> None:
    """Check the password of somebody who is logged in: her address is not in doubt, the refusal speaks of it alone."""
    try:
        check_password(email, password, Place(address=address, is_open=True))
    except NotAllowed as refusal:
        if str(refusal) != WRONG:
            raise
        raise NotAllowed(WRONG_OWN) from refusal


def _settle(session: Session, email: str, place: Place, matches: bool) -> str | None:
    """Return why the login is refused, or None; the count of wrong tries is kept either way."""
    account = session.get(Account, email, with_for_update=True, populate_existing=True)
    now = real_now()
    if account is None:
        log(session, email, place.address, LoginOutcome.WRONG)
        return WRONG
    if tries.waits(session, email, place, now):
        log(session, email, place.address, LoginOutcome.LOCKED)
        return WRONG
    if not matches:
        if tries.count(session, email, place, now):
            _journal(
                session,
                email,
                f"essais refusés un quart d'heure là, après {tries.TRIES} mots de passe faux",
                email,
            )
        log(session, email, place.address, LoginOutcome.WRONG)
        return WRONG
    return _refuse_gone(session, account, place)


def _refuse_gone(session: Session, account: Account, place: Place) -> str | None:
    someone = session.get_one(Person, account.person_email)
    has_left = someone.active_until is not None and someone.active_until < clock.today()
    if account.is_ended(clock.today()) or has_left:
        log(session, account.person_email, place.address, LoginOutcome.DISABLED)
        return WRONG
    tries.forget(session, account.person_email, place)
    return None
