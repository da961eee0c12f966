"""Ending what a person holds of her access: one function for every way in which it ends or is made anew."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.access.accounts import Account, ApiToken, Invitation, LoginSession
from models.access.passkeys import Passkey
from models.access.proofs import CodeEnrolment, PersonalKey
from models.errors import NotAllowed
from models.journal import Fact
from models.organisation.group import Person
from models.outgoing.subscriptions import SubscriptionState, WebhookDelivery, WebhookSubscription
from models.tendering.seals import OpeningKey
from tasks import clock, journal


class Kept(StrEnum):
    """What a person keeps when she changes her own password, which she has just proven."""

    PHONE = "téléphone des codes"
    OPENING_KEY = "clé d'ouverture"


OWN_CHANGE = frozenset(Kept)


class Ended(BaseModel):
    """What an access ended held."""

    sessions: int = 0
    liens: int = 0
    jetons: int = 0
    abonnements: int = 0
    cles: int = 0
    cles_securite: int = 0
    telephone: bool = False
    cle_ouverture: bool = False

    @property
    def said(self) -> str:
        """Return in French what ended, empty when nothing did."""
        counted = {
            "session": self.sessions,
            "lien": self.liens,
            "jeton": self.jetons,
            "abonnement": self.abonnements,
            "clé personnelle": self.cles,
            "clé de sécurité": self.cles_securite,
        }
        parts = [f"{word} : {count}" for word, count in counted.items() if count]
        parts += [word for word, done in _SINGLE.items() if getattr(self, done)]
        return ", ".join(parts)


_SINGLE = {Kept.PHONE.value: "telephone", Kept.OPENING_KEY.value: "cle_ouverture"}


def end_everything(
    session: Session, email: str, now: datetime, actor: str, keeps: frozenset[Kept] = frozenset()
) -> Ended:
    """End all that a person holds: sessions, links, tokens, subscriptions, command-line keys, phone, opening key.

    Shares of tenders encrypted to an opening key that ends are lost to her.
    """
    done = Ended(
        sessions=_end_sessions(session, email),
        liens=end_links(session, email, now),
        jetons=_end_tokens(session, email, now),
        abonnements=_end_subscriptions(session, email, actor),
        cles=_end_keys(session, email, now),
        cles_securite=0 if Kept.PHONE in keeps else _end_passkeys(session, email),
        telephone=Kept.PHONE not in keeps and _delete(session, CodeEnrolment, email),
        cle_ouverture=Kept.OPENING_KEY not in keeps and _delete(session, OpeningKey, email),
    )
    if done.said:
        entry = journal.Entry(
            fact=Fact.ACCESS, actor=actor, subject=email, reason=f"moyens d'accès finis : {done.said}"
        )
        journal.write(session, entry)
    return done


def end_links(session: Session, email: str, now: datetime) -> int:
    """Make the links of a person useless; return how many still worked."""
    unused = select(Invitation).where(Invitation.person_email == email, col(Invitation.used_at).is_(None))
    links = session.exec(unused).all()
    for link in links:
        link.used_at = now
    return len(links)


def _end_sessions(session: Session, email: str) -> int:
    opened = session.exec(select(LoginSession).where(LoginSession.person_email == email)).all()
    for one in opened:
        session.delete(one)
    return len(opened)


def _end_tokens(session: Session, email: str, now: datetime) -> int:
    live = select(ApiToken).where(ApiToken.person_email == email, col(ApiToken.revoked_at).is_(None))
    tokens = session.exec(live).all()
    for token in tokens:
        token.revoked_at = now
    return len(tokens)


def _end_keys(session: Session, email: str, now: datetime) -> int:
    live = select(PersonalKey).where(PersonalKey.person_email == email, col(PersonalKey.revoked_at).is_(None))
    keys = session.exec(live).all()
    for key in keys:
        key.revoked_at = now
    return len(keys)


def _end_passkeys(session: Session, email: str) -> int:
    keys = session.exec(select(Passkey).where(Passkey.person_email == email)).all()
    for key in keys:
        session.delete(key)
    return len(keys)


def _delete(session: Session, kind: type[CodeEnrolment] | type[OpeningKey], email: str) -> bool:
    row = session.get(kind, email)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def _end_subscriptions(session: Session, email: str, actor: str) -> int:
    rows = session.exec(
        select(WebhookSubscription).where(
            WebhookSubscription.person_email == email, WebhookSubscription.state != SubscriptionState.REMOVED
        )
    ).all()
    for row in rows:
        end_subscription(session, row, actor, "fin de l'accès de la personne")
    return len(rows)


def end_subscription(session: Session, row: WebhookSubscription, actor: str, reason: str) -> None:
    """End a subscription: its secret is erased, what waits is not sent."""
    row.state, row.sealed_secret, row.reason = SubscriptionState.REMOVED, "", reason
    left = select(WebhookDelivery).where(
        WebhookDelivery.subscription_id == row.id, col(WebhookDelivery.next_attempt_at).is_not(None)
    )
    for waiting in session.exec(left):
        waiting.next_attempt_at, waiting.error = None, "abonnement retiré"
    entry = journal.Entry(
        fact=Fact.SUBSCRIPTION, subject=row.id, actor=actor, after="abonnement retiré", reason=row.url
    )
    journal.write(session, entry)


def check_open(session: Session, email: str) -> None:
    """Refuse whoever has left, or whose access is closed: nothing that she still holds proves anything."""
    query = (
        select(Person, Account)
        .join(Account, col(Account.person_email) == col(Person.email), isouter=True)
        .where(Person.email == email.strip().lower())
    )
    found = session.exec(query).first()
    if found is None:
        return
    someone: Person = found[0]
    account: Account | None = found[1]
    if someone.active_until is not None and someone.active_until < clock.today():
        raise NotAllowed(f"{someone.name} n'est plus en fonction depuis le {someone.active_until:%d/%m/%Y}.")
    if account is not None and account.is_ended(clock.today()):
        raise NotAllowed(f"L'accès de {someone.name} est fermé : elle ne répond plus et ne signe plus.")
