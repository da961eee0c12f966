"""What the application keeps of a person, given to her in one file (GDPR art. 15 and 20); no secret is in it."""

from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session, SQLModel, col, or_, select

from models.access.accounts import Account, ApiToken, LoginEvent, LoginSession
from models.access.passkeys import Passkey
from models.access.proofs import CodeEnrolment, PersonalKey
from models.journal import JournalLine
from models.organisation.group import Person, RoleGrant
from models.outbox import Message
from models.outgoing.subscriptions import WebhookSubscription
from models.process.procurement import Decision
from models.signing.acts import Absence, ConflictDeclaration, Delegation, FunctionHeld
from models.signing.signatures import Signature
from tasks import clock
from tasks.organisation import people
from tasks.store import reading

SECRET = {
    "hashed_password", "hashed_token", "hashed_secret", "form_token", "sealed_secret", "sealed_id_token",
    "public_key", "searched", "body", "lines", "attachments",
}  # fmt: skip
Rows = list[dict[str, object]]


class OwnData(BaseModel):
    """Everything by heading; each row as the application keeps it, without its secrets."""

    personne: str
    etabli_le: datetime
    rubriques: dict[str, Rows]


def of(email: str) -> OwnData:
    """Return what is kept of a person."""
    with reading() as session:
        someone = people.person(session, email)
        owned = {
            "roles": select(RoleGrant).where(RoleGrant.person_email == someone.email),
            "fonctions": select(FunctionHeld).where(FunctionHeld.person_email == someone.email),
            "absences": select(Absence).where(Absence.person_email == someone.email),
            "acces": select(Account).where(Account.person_email == someone.email),
            "connexions": select(LoginEvent).where(LoginEvent.typed == someone.email),
            "sessions": select(LoginSession).where(LoginSession.person_email == someone.email),
            "telephone": select(CodeEnrolment).where(CodeEnrolment.person_email == someone.email),
            "cles_de_securite": select(Passkey).where(Passkey.person_email == someone.email),
            "cles_personnelles": select(PersonalKey).where(PersonalKey.person_email == someone.email),
            "jetons": select(ApiToken).where(ApiToken.person_email == someone.email),
            "abonnements": select(WebhookSubscription).where(
                WebhookSubscription.person_email == someone.email
            ),
            "delegations": select(Delegation).where(
                or_(Delegation.delegate_email == someone.email, Delegation.delegator_email == someone.email)
            ),
            "declarations_d_interets": select(ConflictDeclaration).where(
                ConflictDeclaration.person_email == someone.email
            ),
            "decisions": select(Decision).where(Decision.person_email == someone.email),
            "signatures": select(Signature).where(Signature.person_email == someone.email),
            "messages": select(Message).where(Message.to == someone.email),
            "journal": select(JournalLine)
            .where(or_(JournalLine.actor == someone.email, JournalLine.subject == someone.email))
            .order_by(col(JournalLine.seq)),
        }
        found = {"personne": _rows(session, select(Person).where(Person.email == someone.email))}
        found |= {heading: _rows(session, query) for heading, query in owned.items()}
    return OwnData(personne=someone.email, etabli_le=clock.now(), rubriques=found)


def _rows(session: Session, query: object) -> Rows:
    rows: list[SQLModel] = list(session.exec(query))  # type: ignore[call-overload]
    return [row.model_dump(mode="json", exclude=SECRET) for row in rows]
