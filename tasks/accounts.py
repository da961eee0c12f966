"""Accounts of the pages: one-time links, passwords, lockout, and the log of logins.

Everything here is timed by the real clock: moving the clock of a rehearsal neither opens nor closes an account.
"""

import secrets
from datetime import datetime, timedelta

from pydantic import BaseModel, SecretStr
from sqlmodel import Session, col, func, select

from models.accounts import (
    Account,
    Invitation,
    LoginEvent,
    LoginMeans,
    LoginOutcome,
    password_fault,
)
from models.errors import BadInput, NotAllowed
from models.identity import CodeEnrolment
from models.journal import Fact
from models.organisation import Person
from tasks import access_ends, clock, hashing, journal, opening_keys, people, storage
from tasks.settings import pages_url
from tasks.store import reading, transaction

LINK_HOURS = 72
TRIES = 5
LOCK = timedelta(minutes=15)
TRIES_PER_ADDRESS = 40
WRONG_OWN = "Le mot de passe actuel n'est pas le bon."
WRONG = "Adresse ou mot de passe incorrect."
TOO_MANY = "Trop d'essais depuis cette adresse : attendez un quart d'heure."
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
        elif account.disabled_at is not None:
            account.disabled_at = None
            access_ends.end_tokens(
                session, someone.email, now
            )  # one disabled by a former version still has its own
        access_ends.end_links(session, someone.email, now)
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


def reset(email: str, actor: str = journal.APPLICATION, forget_codes: bool = False) -> Link:
    """Return a new link after making the former password, every open session and every token useless.

    `forget_codes` also forgets the telephone enrolled, for a person who has lost it.
    """
    with transaction() as session:
        account = _account(session, email)
        if account.disabled_at is not None:
            raise BadInput(
                f"L'accès de {account.person_email} est désactivé : pour le rouvrir, invitez de nouveau la personne "
                f"(achats utilisateur inviter {account.person_email})."
            )
        account.hashed_password, account.failures, account.locked_until = None, 0, None
        account.subject = None  # the next login by the identity provider binds its account again
        access_ends.end_sessions(session, account.person_email)
        access_ends.end_tokens(session, account.person_email, real_now())
        _journal(session, account.person_email, "mot de passe remis à zéro", actor)
        enrolled = session.get(CodeEnrolment, account.person_email)
        if forget_codes and enrolled is not None:
            session.delete(enrolled)
            _journal(session, account.person_email, "téléphone des codes oublié", actor)
    return invite(email, actor)


def disable(email: str, actor: str = journal.APPLICATION) -> Disabled:
    """End the access of a person at once: sessions closed, links, tokens and password useless."""
    now = real_now()
    with transaction() as session:
        account = _account(session, email)
        account.disabled_at, account.hashed_password = now, None
        access_ends.end_links(session, account.person_email, now)
        access_ends.end_tokens(session, account.person_email, now)
        closed = access_ends.end_sessions(session, account.person_email)
        _journal(session, account.person_email, "accès désactivé", actor)
    return Disabled(personne=account.person_email, sessions_fermees=closed)


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
    """Replace a password by its owner, who proves the former one; every session is closed."""
    check_own_password(email, former, address)
    protected = hashing.protected(chosen.checked(email))
    with transaction() as session:
        _keep_password(session, email, protected)
        opening_keys.rewrap_opening_key(session, email, former, chosen.once)
        log(session, email, address, LoginOutcome.ACCEPTED)


def _keep_password(session: Session, email: str, protected: str) -> None:
    account = session.get_one(Account, email)
    if account.disabled_at is not None:
        raise NotAllowed(DEAD_LINK)
    account.hashed_password, account.failures, account.locked_until = protected, 0, None
    access_ends.end_sessions(session, email)
    _journal(session, email, "mot de passe choisi", email)


def check_password(typed: str, password: SecretStr, address: str) -> str:
    """Return whose password this is; refuse without telling an unknown address from a wrong password.

    Five wrong ones lock the account for a quarter of an hour, forty from one network address close it as long.
    """
    email = typed.strip().lower()[:254]
    with reading() as session:
        _check_address(session, address)
        account = session.get(Account, email)
        protected = account.hashed_password if account else None
    matches = hashing.matches(protected or hashing.decoy(), password.get_secret_value())
    with transaction() as session:
        refusal = _settle(session, email, address, matches and protected is not None)
    if refusal:
        raise NotAllowed(refusal)
    return email


def check_own_password(email: str, password: SecretStr, address: str) -> None:
    """Check the password of somebody who is logged in: her address is not in doubt, the refusal speaks of it alone."""
    try:
        check_password(email, password, address)
    except NotAllowed as refusal:
        if str(refusal) != WRONG:
            raise
        raise NotAllowed(WRONG_OWN) from refusal


def _check_address(session: Session, address: str) -> None:
    wrong = (LoginOutcome.WRONG, LoginOutcome.LOCKED)
    recent = session.exec(
        select(func.count())
        .select_from(LoginEvent)
        .where(
            LoginEvent.address == address,
            col(LoginEvent.outcome).in_(wrong),
            LoginEvent.at > real_now() - LOCK,
        )
    ).one()
    if recent >= TRIES_PER_ADDRESS:
        raise NotAllowed(TOO_MANY)


def _settle(session: Session, email: str, address: str, matches: bool) -> str | None:
    """Return why the login is refused, or None; the count of wrong tries is kept either way."""
    account = session.get(Account, email, with_for_update=True, populate_existing=True)
    now = real_now()
    if account is None:
        log(session, email, address, LoginOutcome.WRONG)
        return WRONG
    if account.locked_until is not None and now < account.locked_until:
        log(session, email, address, LoginOutcome.LOCKED)
        return WRONG
    if not matches:
        account.failures += 1
        if account.failures >= TRIES:
            account.failures, account.locked_until = 0, now + LOCK
            _journal(session, email, f"accès verrouillé un quart d'heure après {TRIES} essais", email)
        log(session, email, address, LoginOutcome.WRONG)
        return WRONG
    return _refuse_gone(session, account, address)


def _refuse_gone(session: Session, account: Account, address: str) -> str | None:
    someone = session.get_one(Person, account.person_email)
    has_left = someone.active_until is not None and someone.active_until < clock.today()
    if account.disabled_at is not None or has_left:
        log(session, account.person_email, address, LoginOutcome.DISABLED)
        return WRONG
    account.failures, account.locked_until = 0, None
    return None
