"""Who may enter and by what, when each thing last served, and what looks odd: for the administrator."""

from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.access.accounts import Account, ApiToken, LoginEvent, LoginOutcome
from models.access.passkeys import Passkey
from models.access.proofs import CodeEnrolment, PersonalKey
from models.access.service import InService
from models.organisation.group import Person, Role, RoleGrant
from models.outgoing.subscriptions import SubscriptionState, WebhookSubscription
from models.tendering.seals import OpeningKey
from tasks import clock
from tasks.access import accounts, tries
from tasks.store import reading

POWERFUL = {
    Role.DIRECTOR, Role.PURCHASING_DIRECTOR, Role.BUYER, Role.LEGAL_OFFICER, Role.ADMINISTRATOR,
}  # fmt: skip
LONG_UNUSED = timedelta(days=90)
MANY_REFUSED = 20


class Means(BaseModel):
    """One thing by which a person acts: what it is, since when, last used, and whether it lives without her."""

    kind: str
    name: str
    since: datetime
    until: datetime | None = None
    used_at: datetime | None = None


class Holder(BaseModel):
    """A person who holds something of her access."""

    email: str
    name: str
    roles: list[str]
    is_open: bool
    last_login_at: datetime | None
    means: list[Means] = []
    oddities: list[str] = []


class Accesses(BaseModel):
    """The whole page."""

    in_service_since: datetime | None
    holders: list[Holder]
    oddities: list[str]
    refused_lately: int


def view() -> Accesses:
    """Return who holds what, the most powerful and the oddest first."""
    now = accounts.real_now()
    with reading() as session:
        service = session.get(InService, 1)
        means = _means(session)
        roles = _roles(session)
        delayed = tries.delayed(session, now)
        rows = session.exec(
            select(Account, Person).join(Person, col(Person.email) == col(Account.person_email))
        )
        holders = [
            _holder(account, someone, roles.get(someone.email, set()), means.get(someone.email, []), now)
            for account, someone in rows
        ]
        refused = select(LoginEvent.id).where(
            col(LoginEvent.outcome).in_((LoginOutcome.WRONG, LoginOutcome.LOCKED)),
            LoginEvent.at > now - timedelta(days=1),
        )
        lately = len(session.exec(refused).all())
    for one in holders:
        if one.email in delayed:
            one.oddities.append("mots de passe faux en nombre : essais ralentis quelque part")
    holders.sort(key=lambda one: (-len(one.oddities), one.name))
    return Accesses(
        in_service_since=service.since if service else None,
        holders=holders,
        oddities=_whole(service is not None, holders, lately),
        refused_lately=lately,
    )


def _roles(session: Session) -> dict[str, set[Role]]:
    found: dict[str, set[Role]] = {}
    for grant in session.exec(select(RoleGrant)):
        found.setdefault(grant.person_email, set()).add(Role(grant.role))
    return found


def _means(session: Session) -> dict[str, list[Means]]:
    found: dict[str, list[Means]] = {}

    def add(email: str, means: Means) -> None:
        found.setdefault(email, []).append(means)

    for phone in session.exec(select(CodeEnrolment)):
        name = "téléphone" if phone.is_own else "téléphone inscrit par la ligne de commande"
        add(phone.person_email, Means(kind="codes", name=name, since=phone.enrolled_at))
    for passkey in session.exec(select(Passkey)):
        made = Means(
            kind="clé de sécurité", name=passkey.name, since=passkey.made_at, used_at=passkey.last_used_at
        )
        add(passkey.person_email, made)
    for key in session.exec(select(PersonalKey).where(col(PersonalKey.revoked_at).is_(None))):
        name = key.id if key.is_own else f"{key.id}, remise par la ligne de commande"
        add(key.person_email, Means(kind="clé de commande", name=name, since=key.issued_at))
    for token in session.exec(select(ApiToken).where(col(ApiToken.revoked_at).is_(None))):
        name = f"{token.label} ({', '.join(token.scopes)})"
        made = Means(
            kind="jeton",
            name=name,
            since=token.created_at,
            until=token.expires_at,
            used_at=token.last_used_at,
        )
        add(token.person_email, made)
    live = select(WebhookSubscription).where(WebhookSubscription.state != SubscriptionState.REMOVED)
    for hook in session.exec(live):
        name = f"{hook.url} ({hook.state.value})"
        add(hook.person_email, Means(kind="abonnement", name=name, since=hook.created_at))
    for opening in session.exec(select(OpeningKey)):
        add(opening.person_email, Means(kind="clé d'ouverture", name="plis", since=opening.made_at))
    return found


def _holder(account: Account, someone: Person, roles: set[Role], means: list[Means], now: datetime) -> Holder:
    today = clock.today()
    has_left = someone.active_until is not None and someone.active_until < today
    is_open = not account.is_ended(today) and not has_left
    second = any(one.kind in ("codes", "clé de sécurité") for one in means)
    seen = account.last_login_at or account.created_at
    oddities = {
        "l'accès est fini, ceci en reste": not is_open and bool(means),
        "signe, ouvre des plis ou gère les accès sans second facteur": is_open
        and bool(roles & POWERFUL)
        and not second,
        "pas connectée depuis plus de 90 jours": is_open and now - seen > LONG_UNUSED,
        "jeton en service sans connexion depuis 90 jours": is_open
        and now - seen > LONG_UNUSED
        and any(one.kind == "jeton" for one in means),
        "preuve remise par la ligne de commande": any("ligne de commande" in one.name for one in means),
    }
    return Holder(
        email=someone.email,
        name=someone.name,
        roles=sorted(role.label for role in roles),
        is_open=is_open,
        last_login_at=account.last_login_at,
        means=means,
        oddities=[said for said, is_so in oddities.items() if is_so],
    )


def _whole(is_in_service: bool, holders: list[Holder], refused: int) -> list[str]:
    administrators = [one for one in holders if one.is_open and Role.ADMINISTRATOR.label in one.roles]
    said = {
        "Le groupement est à l'essai : les commandes répondent pour tout le monde.": not is_in_service,
        "Moins de deux administrateurs ont un accès : personne ne peut confirmer.": len(administrators) < 2,
        f"{refused} mots de passe refusés en un jour.": refused >= MANY_REFUSED,
    }
    return [text for text, is_so in said.items() if is_so]
