"""Subscriptions to events: made, listed, removed, their deliveries read and sent again."""

import base64
import secrets
from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session, col, func, select

from models.errors import BadInput
from models.journal import Fact
from models.outgoing.destinations import Policy, destination, policy_of
from models.outgoing.happenings import checked_patterns
from models.outgoing.subscriptions import (
    SECRET_BYTES,
    SECRET_PREFIX,
    SubscriptionState,
    WebhookDelivery,
    WebhookSubscription,
)
from tasks import journal
from tasks.access import accounts, ends, sealed_secrets
from tasks.organisation import people
from tasks.settings import settings
from tasks.store import reading, transaction

MOST_LIVE = 20
MOST_LISTED = 200


class Subscribed(BaseModel):
    """A new subscription; its secret is shown this once."""

    id: str
    url: str
    evenements: list[str]
    secret: str


class SubscriptionLine(BaseModel):
    """A subscription as its owner sees it, without its secret."""

    id: str
    personne: str
    url: str
    evenements: list[str]
    etat: SubscriptionState
    motif: str
    cree_le: datetime
    en_attente: int


class DeliveryLine(BaseModel):
    """What became of one event; the body of the receiver's answer is not kept."""

    numero: int
    id: str
    type: str
    ref: str | None
    etat: str
    essais: int
    code: int | None
    motif: str
    le: datetime
    remis_le: datetime | None
    prochain_essai: datetime | None


def policy() -> Policy:
    """Return where webhooks may go, by the settings of the hospital."""
    chosen = settings()
    return policy_of(chosen.webhook_ports, chosen.webhook_http_hosts, chosen.webhook_inside)


def subscribe(email: str, url: str, events: list[str]) -> Subscribed:
    """Return a new subscription of a person and its secret, shown this once; a faulty address is refused."""
    patterns = checked_patterns(events)
    destination(url, policy())
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    with transaction() as session:
        someone = people.person(session, email)
        live = select(func.count()).where(
            WebhookSubscription.person_email == someone.email,
            WebhookSubscription.state != SubscriptionState.REMOVED,
        )
        if session.exec(live).one() >= MOST_LIVE:
            raise BadInput(f"Vous avez déjà {MOST_LIVE} abonnements : retirez-en un d'abord.")
        row = WebhookSubscription(
            id=f"wh_{secrets.token_hex(8)}",
            person_email=someone.email,
            url=url,
            events=patterns,
            sealed_secret=sealed_secrets.seal(secret),
            created_at=accounts.real_now(),
        )
        session.add(row)
        note(session, row, someone.email, "abonnement créé", f"{url} : {', '.join(patterns)}")
    return Subscribed(id=row.id, url=url, evenements=patterns, secret=secret)


def note(session: Session, row: WebhookSubscription, actor: str, after: str, reason: str) -> None:
    """Write a line about a subscription; it never holds the secret."""
    entry = journal.Entry(fact=Fact.SUBSCRIPTION, subject=row.id, actor=actor, after=after, reason=reason)
    journal.write(session, entry)


def listed(email: str | None = None) -> list[SubscriptionLine]:
    """Return the subscriptions of a person (of everybody when none is given), the newest first."""
    query = select(WebhookSubscription).where(WebhookSubscription.state != SubscriptionState.REMOVED)
    if email is not None:
        query = query.where(WebhookSubscription.person_email == email.strip().lower())
    with reading() as session:
        rows = session.exec(query.order_by(col(WebhookSubscription.created_at).desc())).all()
        waiting = dict(
            session.exec(
                select(WebhookDelivery.subscription_id, func.count())
                .where(col(WebhookDelivery.next_attempt_at).is_not(None))
                .group_by(WebhookDelivery.subscription_id)
            ).all()
        )
    return [
        SubscriptionLine(
            id=row.id,
            personne=row.person_email,
            url=row.url,
            evenements=row.events,
            etat=row.state,
            motif=row.reason,
            cree_le=row.created_at,
            en_attente=waiting.get(row.id, 0),
        )
        for row in rows
    ]


def owned(session: Session, number: str, email: str) -> WebhookSubscription:
    """Return a live subscription of a person, or refuse: somebody else's is as unknown as one that never was."""
    row = session.get(WebhookSubscription, number, with_for_update=True)
    if row is None or row.person_email != email.strip().lower() or row.state is SubscriptionState.REMOVED:
        raise BadInput(f"Abonnement inconnu : {number}.")
    return row


def remove(number: str, email: str) -> None:
    """Remove a subscription: its secret is erased, what waits is not sent."""
    with transaction() as session:
        row = owned(session, number, email)
        ends.end_subscription(session, row, row.person_email, "retirée par la personne")


def deliveries(number: str, email: str) -> list[DeliveryLine]:
    """Return what was sent and what waits for one subscription, the newest first."""
    with reading() as session:
        owned(session, number, email)
        rows = session.exec(
            select(WebhookDelivery)
            .where(WebhookDelivery.subscription_id == number)
            .order_by(col(WebhookDelivery.id).desc())
            .limit(MOST_LISTED)
        ).all()
    return [_line(row) for row in rows]


def _line(row: WebhookDelivery) -> DeliveryLine:
    state = "remis" if row.delivered_at else "en attente" if row.next_attempt_at else "abandonné"
    return DeliveryLine(
        numero=row.id or 0,
        id=row.event_id,
        type=row.type,
        ref=row.ref,
        etat=state,
        essais=row.attempts,
        code=row.status,
        motif=row.error,
        le=row.created_at,
        remis_le=row.delivered_at,
        prochain_essai=row.next_attempt_at,
    )


def send_again(number: str, delivery: int, email: str) -> DeliveryLine:
    """Put one delivery back in line, under its own identifier, and take up its subscription if it was suspended."""
    with transaction() as session:
        subscription = owned(session, number, email)
        row = session.get(WebhookDelivery, delivery)
        if row is None or row.subscription_id != number:
            raise BadInput(f"Envoi inconnu : {delivery}.")
        row.next_attempt_at, row.attempts, row.delivered_at, row.error = accounts.real_now(), 0, None, ""
        subscription.failures, subscription.failing_since, subscription.paused_until = 0, None, None
        if subscription.state is SubscriptionState.SUSPENDED:
            subscription.state, subscription.reason = SubscriptionState.ACTIVE, ""
            note(session, subscription, subscription.person_email, "abonnement repris", subscription.url)
        return _line(row)
