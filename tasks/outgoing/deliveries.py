"""Sending the deliveries that are due: signed, each claimed by one sender at a time, tried again later and later.

A sender killed in the middle leaves its claim, which runs out: the delivery is sent again under the same
`webhook-id`. A receiver may thus get it twice, never not at all.
"""

import random
from datetime import datetime, timedelta

from pydantic import BaseModel, SecretStr
from sqlmodel import Session, col, or_, select, update

from models.errors import BadInput, Refused
from models.outgoing.destinations import destination
from models.outgoing.happenings import Audience
from models.outgoing.subscriptions import (
    MOST_TRIES,
    SubscriptionState,
    WebhookDelivery,
    WebhookSubscription,
    next_delay,
    signature,
)
from tasks import journal
from tasks.access import accounts, sealed_secrets
from tasks.connectors.webhook import Answer, post
from tasks.outgoing import outbox, restored, subscriptions, telling
from tasks.store import reading, transaction

MOST_IN_A_ROUND = 200
CLAIM = timedelta(seconds=60)  # longer than any try
GIVE_UP_AFTER = timedelta(days=3)
GONE = 410
REDIRECTIONS = range(300, 400)
ACCEPTED = range(200, 300)


class Round(BaseModel):
    """What a round of sending did."""

    remis: int = 0
    en_attente: int = 0
    motif: str = ""


class Parcel(BaseModel):
    """A delivery claimed by this sender, ready to leave."""

    id: int
    subscription: str
    event: str
    url: str
    secret: SecretStr
    body: bytes


def send_due(most: int = MOST_IN_A_ROUND) -> Round:
    """Send what is due; after a failure the other deliveries of the same subscription wait for the next round."""
    done, failing = Round(), set[str]()
    due = _due(accounts.real_now(), most)
    if due and (reason := restored.hold()):
        return Round(en_attente=len(due), motif=reason)
    for number, subscription in due:
        if subscription in failing or (parcel := _claim(number)) is None:
            continue
        answer = _send(parcel)
        if answer.status in ACCEPTED:
            _note_success(parcel, answer)
            done.remis += 1
        else:
            done.motif = _note_failure(parcel, answer)
            done.en_attente += 1
            failing.add(subscription)
    return done


def _due(now: datetime, most: int) -> list[tuple[int, str]]:
    query = (
        select(WebhookDelivery.id, WebhookDelivery.subscription_id)
        .join(WebhookSubscription, col(WebhookSubscription.id) == col(WebhookDelivery.subscription_id))
        .where(
            col(WebhookDelivery.next_attempt_at) <= now,
            WebhookSubscription.state == SubscriptionState.ACTIVE,
            or_(
                col(WebhookSubscription.paused_until).is_(None), col(WebhookSubscription.paused_until) <= now
            ),
        )
        .order_by(col(WebhookDelivery.next_attempt_at), col(WebhookDelivery.id))
        .limit(most)
    )
    with reading() as session:
        return [(number, subscription) for number, subscription in session.exec(query) if number is not None]


def _claim(number: int) -> Parcel | None:
    """Take a delivery for a minute, or None when another sender has it or its owner may not hear of it any more."""
    now = accounts.real_now()
    with transaction() as session:
        taken = session.exec(
            update(WebhookDelivery)
            .where(col(WebhookDelivery.id) == number, col(WebhookDelivery.next_attempt_at) <= now)
            .values(next_attempt_at=now + CLAIM, attempts=col(WebhookDelivery.attempts) + 1)
        )
        if taken.rowcount != 1:
            return None
        row = session.get_one(WebhookDelivery, number, populate_existing=True)
        subscription = session.get_one(WebhookSubscription, row.subscription_id)
        if subscription.state is not SubscriptionState.ACTIVE:
            row.next_attempt_at = now
            return None
        if not _may_hear(session, subscription, row):
            row.next_attempt_at, row.error = None, "la personne n'a plus accès à cet objet"
            return None
        return _parcel(session, subscription, row)


def _parcel(session: Session, subscription: WebhookSubscription, row: WebhookDelivery) -> Parcel | None:
    try:
        secret = SecretStr(sealed_secrets.unseal(subscription.sealed_secret))
    except Refused:
        row.next_attempt_at = accounts.real_now()
        suspend(session, subscription, "son secret ne se lit plus, la clé de scellement a changé")
        return None
    return Parcel(
        id=row.id or 0,
        subscription=subscription.id,
        event=row.event_id,
        url=subscription.url,
        secret=secret,
        body=row.body.encode(),
    )


def _may_hear(session: Session, subscription: WebhookSubscription, row: WebhookDelivery) -> bool:
    viewer = telling.viewer_of(session, subscription.person_email)
    audience = Audience.model_validate(row.audience)
    return viewer is not None and telling.may_hear(session, viewer, row.ref, audience)


def _send(parcel: Parcel) -> Answer:
    policy = subscriptions.policy()
    try:
        to = destination(parcel.url, policy)
    except BadInput as refusal:  # the settings have changed since the subscription was made
        return Answer(failure=str(refusal))
    timestamp = int(accounts.real_now().timestamp())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "achats-ght",
        "webhook-id": parcel.event,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(parcel.secret, parcel.event, timestamp, parcel.body),
    }
    return post(to, headers, parcel.body, policy)


def _note_success(parcel: Parcel, answer: Answer) -> None:
    with transaction() as session:
        row = session.get_one(WebhookDelivery, parcel.id)
        row.delivered_at, row.next_attempt_at = accounts.real_now(), None
        row.status, row.error = answer.status, ""
        subscription = session.get_one(WebhookSubscription, parcel.subscription)
        subscription.failures, subscription.failing_since, subscription.paused_until = 0, None, None


def reason_of(answer: Answer) -> str:
    """Return why a try failed, in French; nothing of the body of the answer."""
    if answer.status is None:
        return answer.failure
    if answer.status in REDIRECTIONS:
        return f"redirection refusée ({answer.status})"
    return f"réponse {answer.status}"


def _note_failure(parcel: Parcel, answer: Answer) -> str:
    """Note a failed try, when the next one comes, or that the subscription is suspended; return the reason."""
    now, reason = accounts.real_now(), reason_of(answer)
    with transaction() as session:
        row = session.get_one(WebhookDelivery, parcel.id)
        subscription = session.get_one(WebhookSubscription, parcel.subscription, with_for_update=True)
        subscription.failures += 1
        subscription.failing_since = subscription.failing_since or now
        delay = next_delay(row.attempts, random.random())  # noqa: S311 (spreads the tries, guards nothing)
        row.status, row.error = answer.status, reason
        row.next_attempt_at = now + delay if row.attempts < MOST_TRIES else None
        subscription.paused_until = now + next_delay(subscription.failures, 0.0)
        if answer.status == GONE:
            row.next_attempt_at = None
            suspend(session, subscription, "le destinataire a répondu 410 : il ne veut plus rien recevoir")
        elif now - subscription.failing_since >= GIVE_UP_AFTER:
            suspend(session, subscription, f"aucun envoi accepté depuis trois jours ({reason})")
    return reason


def suspend(session: Session, subscription: WebhookSubscription, reason: str) -> None:
    """Suspend a subscription and tell its owner; nothing new is kept for it until it is taken up again."""
    if subscription.state is not SubscriptionState.ACTIVE:
        return
    subscription.state, subscription.reason = SubscriptionState.SUSPENDED, reason
    subscriptions.note(session, subscription, journal.APPLICATION, "abonnement suspendu", reason)
    since = subscription.failing_since or accounts.real_now()
    letter = outbox.Letter(
        key=f"webhook:{subscription.id}:{since.isoformat()}",
        to=subscription.person_email,
        template="abonnement_suspendu",
        values={
            "adresse": subscription.url,
            "numero": subscription.id,
            "motif": reason,
            "courriel": subscription.person_email,
        },
    )
    outbox.write_message(session, letter)
