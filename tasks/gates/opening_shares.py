"""Giving one's share of the key of sealed tenders: what a person does with her password at the opening."""

from pydantic import SecretStr

from models.errors import NotAllowed, Refused
from models.process.procurement import Procurement
from models.tendering.seals import OpeningKey, TenderShare
from tasks import clock
from tasks.access import accounts, sealed_boxes
from tasks.gates import decisions
from tasks.organisation import people
from tasks.signing import seats
from tasks.signing.purchase_powers import Powers
from tasks.store import reading, transaction
from tasks.tendering import reads, seals

NO_SHARE = "Vous n'avez pas de part de la clé de ces plis : deux personnes qui en ont une les ouvrent."


def asks(email: str, ref: str) -> bool:
    """Return whether the person opens her share of the purchase by her password."""
    with reading() as session:
        return seals.asks_password(session, email, ref)


def release(ref: str, email: str, password: SecretStr, address: str) -> None:
    """Give one's share, at the opening and not before; a refused attempt leaves a line in the journal."""
    try:
        _release(ref, email, password, address)
    except Refused as refusal:
        attempt = reads.Attempt(person=email, ref=ref, subject=reads.SHARE, refusal=str(refusal))
        reads.note(attempt)
        raise


def _release(ref: str, email: str, password: SecretStr, address: str) -> None:
    """Give the share; the password is proven first (wrong ones are counted)."""
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
        seals.check_deadline(session, procurement)
        seals.check_moment(procurement)
        places = seats.of_gate(session, procurement)
        decisions.find_seat(Powers(session, procurement), places, people.person(session, email))
        share, key = seals.share_of(session, email, ref), session.get(OpeningKey, email)
    if share is None or key is None:
        raise NotAllowed(NO_SHARE)
    accounts.check_own_password(email, password, address)
    private = sealed_boxes.unwrap(sealed_boxes.Wrapped(salt=key.salt, content=key.wrapped_private), password)
    value = sealed_boxes.decrypt_with(private, share.encrypted)
    with transaction() as session:
        kept = session.get_one(TenderShare, (ref, share.rank))
        kept.released, kept.released_at = value.hex(), clock.now()
        seals.note(session, ref, email, f"part {share.rank} de la clé remise pour l'ouverture")
