"""Sealing tenders as they arrive, and opening them when two people have each given their share of the key."""

import secrets
from collections.abc import Sequence

from pydantic import SecretBytes
from sqlmodel import Session, col, select

from models.errors import NotAllowed, Refused
from models.journal import Fact, JournalLine
from models.organisation.group import Role
from models.process.procurement import Procurement, Tender
from models.process.table import Gate, Roles, stage_of
from models.tendering.escrow import EscrowKey
from models.tendering.seals import (
    NEEDED,
    PRIME,
    SHARE_BYTES,
    OpeningKey,
    Share,
    TenderSeal,
    TenderShare,
    fingerprint,
    join,
    split,
)
from models.tendering.tenders import TenderFile
from tasks import clock, journal
from tasks.access import sealed_boxes, sealed_secrets
from tasks.ledger import held
from tasks.organisation import people
from tasks.signing import seats
from tasks.tendering import envelopes, successive, time_key

SUBJECT = "plis"
MADE = "scellé, "
ESCROW = "séquestre"


class SealChanged(NotAllowed):
    """The key of sealed tenders was changed beside the application."""


def seal(session: Session, procurement: Procurement, tender: TenderFile, raw: bytes) -> envelopes.Sealed:
    """Return what is stored of a tender: who tenders and for which lots; the rest is sealed until the opening.

    Refuses when the key of the purchase or those who hold its parts are not those that the journal names.
    """
    return envelopes.seal_file(_seal_of(session, procurement).public_key, tender, raw)


def _seal_of(session: Session, procurement: Procurement) -> TenderSeal:
    found = session.get(TenderSeal, procurement.ref)
    if found is not None:
        check_as_made(session, found)
        return found
    pair = sealed_boxes.new_pair()
    time_key.make()
    keys = _keepers(session)
    is_personal = len(keys) >= NEEDED
    made = TenderSeal(
        ref=procurement.ref,
        public_key=pair.public,
        is_personal=is_personal,
        made_at=clock.now(),
        is_timed=True,
    )
    session.add(made)
    session.flush()
    holders = _holders(session, keys) if is_personal else [("", None)] * NEEDED
    masked = time_key.with_part(made, pair.private.get_secret_value())
    shares = split(masked, secrets.randbelow(PRIME - 1) + 1, len(holders))
    for share, (public, email) in zip(shares, holders, strict=True):
        content = share.value.to_bytes(SHARE_BYTES, "big")
        session.add(
            TenderShare(
                ref=procurement.ref,
                rank=share.rank,
                person_email=email,
                encrypted=sealed_boxes.encrypt_to(public, content)
                if public
                else sealed_secrets.seal(content.hex()),
                holder_key=public,
            )
        )
    session.flush()
    note(session, procurement.ref, journal.APPLICATION, _said(session, made))
    return made


def _holders(session: Session, keys: Sequence[OpeningKey]) -> list[tuple[str, str | None]]:
    """Return the public key of each share and whose it is; that of the escrow, last, is nobody's."""
    found: list[tuple[str, str | None]] = [(one.public_key, one.person_email) for one in keys]
    kept = escrow(session)
    return [*found, (kept.public_key, None)] if kept else found


def escrow(session: Session) -> EscrowKey | None:
    """Return the escrow key in use, None without one."""
    return session.exec(select(EscrowKey).where(col(EscrowKey.retired_at).is_(None))).first()


def _said(session: Session, seal: TenderSeal) -> str:
    """Return what the journal keeps of a seal: its public key, who holds its parts and by which keys."""
    shares = _shares(session, seal)
    held = "personnelles" if seal.is_personal else "tenues par le serveur"
    said = f"{MADE}clé en {len(shares)} parts {held}, deux nécessaires ; clé publique {seal.public_key}"
    if not seal.is_personal:
        return said
    holders = ", ".join(
        f"{one.rank} {one.person_email or ESCROW} {fingerprint(one.holder_key)}" for one in shares
    )
    return f"{said} ; détenteurs {holders}"


def _shares(session: Session, seal: TenderSeal) -> list[TenderShare]:
    query = select(TenderShare).where(TenderShare.ref == seal.ref)
    return list(session.exec(query.order_by(col(TenderShare.rank))))


def check_as_made(session: Session, seal: TenderSeal) -> None:
    """Refuse a seal of which the public key or the holders are not those that the journal keeps."""
    query = select(JournalLine.reason).where(JournalLine.ref == seal.ref, JournalLine.subject == SUBJECT)
    made = session.exec(query.where(col(JournalLine.reason).startswith(MADE))).all()
    is_of_before = not seal.is_timed and not any("clé publique" in one for one in made)
    if not is_of_before and made != [_said(session, seal)]:
        raise SealChanged(
            f"{seal.ref} : la clé des plis n'est plus celle que le journal a inscrite. Rien n'est reçu ni ouvert : "
            "prévenez l'administrateur, qui lance « achats journal verifier »."
        )


def _keepers(session: Session) -> list[OpeningKey]:
    """Return the keys of those who may open tenders today and have chosen a password.

    A key put in the place of a person's beside the application holds nothing.
    """
    gate = stage_of("opening")
    roles: Sequence[Role] = gate.asks.roles if isinstance(gate, Gate) and isinstance(gate.asks, Roles) else ()
    emails = [one.email for one in people.holders(session, roles, clock.today())]
    query = select(OpeningKey).where(col(OpeningKey.person_email).in_(emails))
    found = session.exec(query.order_by(OpeningKey.person_email))
    connection = session.connection()
    return [one for one in found if held.is_as_kept(connection, "opening_key", (one.person_email,))]


def check_deadline(session: Session, procurement: Procurement) -> None:
    """Refuse a purchase whose deadline or stage is not that of the journal: nobody opens by moving a date."""
    if not held.is_as_kept(session.connection(), "procurement", (procurement.ref,)):
        raise NotAllowed(
            f"{procurement.ref} a été modifié hors de l'application : aucune part n'est remise. Prévenez "
            "l'administrateur, qui lance « achats journal verifier »."
        )


def note(session: Session, ref: str, actor: str, reason: str) -> None:
    """Write a line about the sealed tenders of a purchase."""
    entry = journal.Entry(fact=Fact.TENDER, ref=ref, actor=actor, subject=SUBJECT, reason=reason)
    journal.write(session, entry)


def check_moment(procurement: Procurement) -> None:
    """Refuse before the deadline and at any other stage than the opening."""
    due = procurement.tenders_due_at
    if procurement.stage != "opening" or (due is not None and clock.now() <= due):
        raise NotAllowed(
            f"{procurement.ref} : les plis ne s'ouvrent qu'après la date limite, à l'étape d'ouverture."
        )


def open_tenders(session: Session, procurement: Procurement) -> None:
    """Count the person who answers at the opening; with the last one, decrypt the tenders received in time.

    Late tenders stay sealed for ever (CCP art. R. 2143-2, R. 2151-5), and so do those that the same candidate replaced
    in time, lot by lot (R. 2151-6).
    """
    found = session.get(TenderSeal, procurement.ref)
    if found is None or found.opened_at is not None:
        return
    check_moment(procurement)
    places = seats.of_gate(session, procurement)
    answered = 1 + sum(seat.taken_by is not None for seat in places)
    given = _given_shares(session, found, answered)
    if answered < len(places):
        return
    private = _private_key(session, found, given)
    tenders = session.exec(select(Tender).where(Tender.ref == procurement.ref)).all()
    replaced = successive.among(tenders)
    for tender in successive.in_force(tenders):
        kept_sealed = {str(lot) for lot in replaced.get(tender.number, {})}
        tender.content = envelopes.opened(private, tender, kept_sealed)
        session.add(tender)
    found.opened_at = clock.now()
    note(session, procurement.ref, journal.APPLICATION, "plis ouverts avec deux parts de la clé")


def _private_key(session: Session, seal: TenderSeal, given: list[Share]) -> SecretBytes:
    check_as_made(session, seal)
    private = SecretBytes(time_key.with_part(seal, join(given[0], given[1])))
    if sealed_boxes.public_of(private) != seal.public_key:
        raise Refused("Ces parts n'ouvrent pas ces plis : la clé à terme du serveur n'est pas la bonne.")
    return private


def _given_shares(session: Session, seal: TenderSeal, answered: int) -> list[Share]:
    rows = _shares(session, seal)
    if not seal.is_personal:
        return [Share(rank=row.rank, value=int(sealed_secrets.unseal(row.encrypted), 16)) for row in rows]
    released = [Share(rank=row.rank, value=int(row.released, 16)) for row in rows if row.released]
    if len(released) < min(answered, NEEDED):
        raise Refused(
            "Ces plis s'ouvrent depuis les pages : chaque personne y donne sa part de la clé par son mot de passe."
        )
    return released


def asks_password(session: Session, email: str, ref: str) -> bool:
    """Return whether the person opens her share of the purchase by her password."""
    found = session.get(TenderSeal, ref)
    is_closed = found is not None and found.is_personal and found.opened_at is None
    return is_closed and share_of(session, email, ref) is not None


def share_of(session: Session, email: str, ref: str) -> TenderShare | None:
    """Return the share of the key of a purchase that a person holds, None without any."""
    return session.exec(
        select(TenderShare).where(TenderShare.ref == ref, TenderShare.person_email == email)
    ).first()
