"""Telling subscribers of a fact: one row for each subscription that asked and may see, in the caller's transaction.

Nothing leaves here; `tasks.outgoing.deliveries` sends.
"""

import json

import sqlalchemy
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from models.access.sight import Viewer
from models.contracts.terms import Term
from models.disputes.ruling import Dispute
from models.outgoing import happenings
from models.outgoing.happenings import Audience, Details, Happening
from models.outgoing.subscriptions import SubscriptionState, WebhookDelivery, WebhookSubscription, event_id
from models.process.procurement import Document, Procurement
from models.risks.register import Risk
from tasks import clock
from tasks.settings import pages_url

LISTENING = "webhook subscriptions"


def tell(session: Session, happening: Happening) -> int:
    """Write one delivery for each subscription that hears this; return how many. Told again, it writes nothing more."""
    told = 0
    for subscription, viewer in _listening(session):
        if happenings.is_wanted(subscription.events, happening.type) and may_hear(
            session, viewer, happening.ref, happening.audience
        ):
            told += _write(session, subscription.id, happening)
    return told


def _listening(session: Session) -> list[tuple[WebhookSubscription, Viewer]]:
    """Return the subscriptions and who holds them, read once in a transaction."""
    if LISTENING not in session.info:
        rows = session.exec(
            select(WebhookSubscription).where(WebhookSubscription.state == SubscriptionState.ACTIVE)
        ).all()
        found = [(row, viewer_of(session, row.person_email)) for row in rows]
        session.info[LISTENING] = [(row, viewer) for row, viewer in found if viewer is not None]
    listening: list[tuple[WebhookSubscription, Viewer]] = session.info[LISTENING]
    return listening


def viewer_of(session: Session, email: str) -> Viewer | None:
    """Return a person as the rules of access see her, or None when she has left or her access is ended."""
    from models.access.accounts import Account
    from tasks.access import sessions

    account = session.get(Account, email)
    if account is not None and account.is_ended(clock.today()):
        return None
    return sessions.viewer_of(session, email)


def may_hear(session: Session, viewer: Viewer, ref: str | None, audience: Audience) -> bool:
    """Return whether a person may hear of an event now, as the pages and the API would show its object."""
    procurement = session.get(Procurement, ref) if ref else None
    is_notified = procurement is not None and procurement.notified_on is not None
    return happenings.hears(viewer, audience, is_notified)


def _write(session: Session, subscription: str, happening: Happening) -> int:
    values = {
        "subscription_id": subscription,
        "event_id": event_id(happening.type, happening.key),
        "type": happening.type,
        "ref": happening.ref,
        "body": body(happening),
        "audience": happening.audience.model_dump(exclude_none=True),
        "created_at": clock.now(),
        "next_attempt_at": clock.real(clock.now()),
        "attempts": 0,
        "error": "",
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(WebhookDelivery).values(**values)
    done = session.execute(statement.on_conflict_do_nothing())
    return int(done.rowcount) if isinstance(done, sqlalchemy.CursorResult) else 0


def body(happening: Happening) -> str:
    """Return what is sent, the same at each try (`docs/formats/webhooks.md`)."""
    content = {
        "id": event_id(happening.type, happening.key),
        "type": happening.type,
        "timestamp": happening.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "ref": happening.ref,
        "link": pages_url() + happening.path,
        "data": happening.details.model_dump(exclude_none=True),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def stage_reached(session: Session, procurement: Procurement, stage_label: str, *, is_gate: bool) -> None:
    """Tell that a procurement has reached a stage and, at a gate, that a decision is asked."""
    place = f"{procurement.ref}:{procurement.stage}:{procurement.visit}"
    said = Happening(
        type=f"{happenings.PROCUREMENT}.{procurement.stage}",
        key=place,
        at=clock.now(),
        ref=procurement.ref,
        path=f"/achats/{procurement.ref}",
        details=Details(
            family=procurement.family_code,
            stage=procurement.stage,
            label=stage_label,
            visit=procurement.visit,
        ),
    )
    tell(session, said)
    if is_gate:
        tell(
            session,
            said.model_copy(
                update={"type": happenings.DECISION_ASKED, "path": f"/achats/{procurement.ref}/repondre"}
            ),
        )


def document_ready(session: Session, document: Document) -> None:
    """Tell those who may read a document that it is there."""
    said = Happening(
        type=happenings.DOCUMENT_READY,
        key=f"{document.ref}:{document.kind}:{document.version}:{document.recipient}",
        at=document.created_at,
        ref=document.ref,
        path=f"/achats/{document.ref}/documents/{document.sha256}",
        details=Details(document=document.kind, version=document.version, sha256=document.sha256),
        audience=Audience(document_path=document.path, document_kind=document.kind),
    )
    tell(session, said)


def contract_expiring(session: Session, term: Term) -> None:
    """Tell that a contract has reached its alert day."""
    said = Happening(
        type=happenings.CONTRACT_EXPIRING,
        key=term.key,
        at=clock.now(),
        path="/contrats",
        details=Details(
            family=term.first.family_code,
            contract=term.key,
            ends_on=term.ends_on.isoformat() if term.ends_on else None,
        ),
        audience=Audience(buyer_siret=term.first.buyer_siret),
    )
    tell(session, said)


def risk_raised(session: Session, risk: Risk) -> None:
    """Tell that a risk is new, worse or back."""
    said = Happening(
        type=happenings.RISK_RAISED,
        key=f"{risk.key}:{risk.level}:{risk.level_since.isoformat()}",
        at=risk.level_since,
        ref=risk.ref,
        path="/risques",
        details=Details(
            family=risk.family_code,
            contract=risk.contract,
            risk=risk.key,
            kind=risk.kind,
            level=risk.level,
            ends_on=risk.due_on.isoformat() if risk.due_on else None,
        ),
        audience=Audience(house_siret=risk.establishment_siret, key=risk.key),
    )
    tell(session, said)


def dispute_opened(session: Session, dispute: Dispute) -> None:
    """Tell that a dispute is open; neither its applicant nor its amount is said."""
    said = Happening(
        type=happenings.DISPUTE_OPENED,
        key=dispute.key,
        at=dispute.opened_at,
        ref=dispute.ref,
        path=f"/achats/{dispute.ref}" if dispute.ref else "/risques",
        details=Details(dispute=dispute.key, kind=dispute.kind, contract=dispute.contract),
        audience=Audience(key=dispute.contract or ""),
    )
    tell(session, said)
