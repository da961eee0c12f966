"""Subscriptions of the hospital's own tools to events, and what is delivered to each (signed webhooks)."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import SecretStr
from sqlmodel import JSON, Column, Field, Index, SQLModel, UniqueConstraint

from models.columns import UTCDateTime, words

SECRET_PREFIX = "whsec_"  # noqa: S105 (the prefix that the Standard Webhooks specification gives)
SECRET_BYTES = 32
DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The time before each new try, those that the specification recommends: the last one is three days after the first."""
MOST_TRIES = len(DELAYS) + 1
JITTER = 0.2


class SubscriptionState(StrEnum):
    """Where a subscription stands; the value is what people read."""

    ACTIVE = "active"
    SUSPENDED = "suspendue"
    REMOVED = "retirée"


class WebhookSubscription(SQLModel, table=True):
    """An address that is told of events, in the name of a person and with her sight; the secret is sealed."""

    __tablename__ = "webhook_subscription"

    id: str = Field(primary_key=True, max_length=20)
    person_email: str = Field(foreign_key="person.email", index=True)
    url: str = Field(max_length=2000)
    events: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    sealed_secret: str
    state: SubscriptionState = Field(default=SubscriptionState.ACTIVE, sa_type=words(SubscriptionState))
    reason: str = ""
    created_at: datetime = Field(sa_type=UTCDateTime)
    failures: int = 0  # in a row, whatever the event
    failing_since: datetime | None = Field(default=None, sa_type=UTCDateTime)
    paused_until: datetime | None = Field(default=None, sa_type=UTCDateTime)


class WebhookDelivery(SQLModel, table=True):
    """One event for one subscription, once; `next_attempt_at` is empty when nothing is left to do."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("subscription_id", "event_id", name="uq_webhook_delivery"),
        Index("ix_webhook_delivery_due", "next_attempt_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    subscription_id: str = Field(foreign_key="webhook_subscription.id")
    event_id: str = Field(max_length=40)
    type: str = Field(max_length=80)
    ref: str | None = None
    body: str
    audience: dict[str, str | None] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UTCDateTime)
    next_attempt_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    attempts: int = 0
    delivered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    status: int | None = None  # of the last answer
    error: str = ""


def event_id(type_: str, key: str) -> str:
    """Return the stable name of an event: the same fact has the same, however often it is told or sent."""
    return "evt_" + hashlib.sha256(f"{type_}\n{key}".encode()).hexdigest()[:32]


def signature(secret: SecretStr, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature` (Standard Webhooks): `v1,` and the HMAC-SHA256 in base64."""
    key = base64.b64decode(secret.get_secret_value().removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def next_delay(failures: int, draw: float) -> timedelta:
    """Return the time before the next try after that many failures; `draw`, from 0 to 1, spreads the tries.

    >>> next_delay(1, 0.0), next_delay(2, 1.0), next_delay(50, 0.0)
    (datetime.timedelta(seconds=5), datetime.timedelta(seconds=360), datetime.timedelta(days=1))
    """
    base = DELAYS[min(max(failures, 1), len(DELAYS)) - 1]
    return base + base * (JITTER * draw)
