"""Who may enter with what the identity provider vouches for: people of the organisation, in office, and nobody new."""

import logging

from sqlmodel import Session, select

from models.access.accounts import Account, LoginMeans, LoginOutcome
from models.errors import BadInput, NotAllowed
from models.journal import Fact
from models.organisation.group import Person
from models.reading.identifiers import same_case_address
from tasks import clock, journal
from tasks.access import accounts, openid, sealed_secrets, sessions
from tasks.connectors.identity_provider import Claims
from tasks.organisation import people
from tasks.settings import settings
from tasks.store import transaction

LOG = logging.getLogger("achats.pages")
ADDRESS = "email"
UNKNOWN = (
    "Votre identité est reconnue, mais elle n'ouvre aucun accès aux achats du groupement : "
    "demandez-le à l'administrateur de l'application."
)
NOT_VERIFIED = (
    "Le fournisseur d'identité n'a pas vérifié votre adresse électronique : faites-la vérifier chez lui."
)
NOT_SAID = "Le fournisseur d'identité n'a pas dit qui vous êtes (« {} ») : prévenez l'administrateur."
OTHER = (
    "Votre accès est lié à un autre compte du fournisseur d'identité : l'administrateur peut le délier "
    "en remettant votre accès à zéro."
)


def enter(arrival: openid.Arrival, address: str) -> str:
    """Return whom the provider let in, or refuse; the log of logins keeps both."""
    claims = arrival.claims
    subject = f"{arrival.issuer} {claims.sub}"
    with transaction() as session:
        email, refusal = _recognised(session, claims, subject)
        if refusal:
            typed = claims.text(settings().oidc_claim) or claims.sub
            accounts.log(session, typed, address, LoginOutcome.NOT_LET_IN, LoginMeans.PROVIDER)
    if refusal:
        LOG.warning("connexion par le fournisseur d'identité refusée à « %s » : %s", claims.sub, refusal)
        raise NotAllowed(refusal)
    return email


def entry(arrival: openid.Arrival) -> sessions.Entry:
    """Return how the session that follows is opened."""
    return sessions.Entry(
        means=LoginMeans.PROVIDER,
        strong_until=openid.strong_until(arrival.claims),
        sealed_id_token=sealed_secrets.seal(arrival.id_token.get_secret_value()),
    )


def _recognised(session: Session, claims: Claims, subject: str) -> tuple[str, str]:
    """Return whom the claims designate and why she may not enter, one of the two empty."""
    value = claims.text(settings().oidc_claim)
    if not value:
        return "", NOT_SAID.format(settings().oidc_claim)
    if settings().oidc_claim == ADDRESS and not claims.email_verified:
        return "", NOT_VERIFIED
    someone = _designated(session, value)
    if someone is None or (someone.active_until is not None and someone.active_until < clock.today()):
        return "", UNKNOWN
    account = session.get(Account, someone.email)
    if account is None:
        account = Account(person_email=someone.email, created_at=accounts.real_now())
        session.add(account)
        session.flush()
        _note(session, someone.email, "accès ouvert par le fournisseur d'identité")
    return _bound(session, account, subject)


def _designated(session: Session, value: str) -> Person | None:
    """Return the person of that identifier, else of that address; locked, so that two first logins make one access."""
    linked = session.exec(select(Account).where(Account.identifier == value)).first()
    email = linked.person_email if linked else same_case_address(value)
    return session.get(Person, email, with_for_update=True)


def _bound(session: Session, account: Account, subject: str) -> tuple[str, str]:
    """Check the account of the provider, kept at the first login: an address given to somebody else opens nothing."""
    if account.is_ended(clock.today()):
        return "", UNKNOWN
    owner = session.exec(select(Account).where(Account.subject == subject)).first()
    if account.subject not in (None, subject) or (owner is not None and owner is not account):
        return "", OTHER
    if account.subject is None:
        account.subject = subject
        _note(session, account.person_email, "compte du fournisseur d'identité lié")
    return account.person_email, ""


def link(email: str, identifier: str, actor: str = journal.APPLICATION) -> str:
    """Keep what names a person at the provider (a national number, for instance); return her address."""
    value = identifier.strip()
    if not 1 <= len(value) <= 254:
        raise BadInput("Identifiant chez le fournisseur d'identité : de 1 à 254 caractères.")
    with transaction() as session:
        someone = people.person(session, email)
        linked = session.exec(select(Account).where(Account.identifier == value)).first()
        named = session.get(
            Person, same_case_address(value)
        )  # the address of somebody else would open her access to this one
        owner = linked.person_email if linked else named.email if named else someone.email
        if owner != someone.email:
            raise BadInput(f"Cet identifiant est déjà celui de {owner}.")
        account = session.get(Account, someone.email)
        if account is None:
            account = Account(person_email=someone.email, created_at=accounts.real_now())
            session.add(account)
        account.identifier, account.subject = value, None
        _note(session, someone.email, "identifiant du fournisseur d'identité lié", actor)
    return someone.email


def _note(session: Session, email: str, reason: str, actor: str = journal.APPLICATION) -> None:
    journal.write(session, journal.Entry(fact=Fact.ACCESS, actor=actor, subject=email, reason=reason))
