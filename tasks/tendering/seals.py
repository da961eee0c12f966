"""Sealing tenders as they arrive, and opening them when two people have each given their share of the key."""

import json
import secrets
from collections.abc import Sequence

from pydantic import SecretBytes
from sqlmodel import Session, col, select

from models.errors import NotAllowed, Refused
from models.journal import Fact
from models.organisation.group import Role
from models.process.procurement import Procurement, Tender
from models.process.table import Gate, Roles, stage_of
from models.tendering.seals import (
    NEEDED,
    PRIME,
    SHARE_BYTES,
    OpeningKey,
    Share,
    TenderSeal,
    TenderShare,
    join,
    split,
)
from models.tendering.tenders import Envelope, TenderFile
from tasks import clock, journal
from tasks.access import sealed_boxes, sealed_secrets
from tasks.organisation import people
from tasks.signing import seats
from tasks.tendering import successive

SEALED = "scelle"


def seal(session: Session, procurement: Procurement, tender: TenderFile) -> dict[str, object]:
    """Return what is stored of a tender: who tenders and for which lots; prices are sealed until the opening.

    Each lot has its own envelope: a later tender may replace this one on that lot alone.
    """
    kept = _seal_of(session, procurement)
    shown: dict[str, object] = json.loads(tender.tenderer.model_dump_json(by_alias=True))
    sealed = {}
    for part in tender.lots:
        alone = tender.model_copy(update={"lots": [part]})
        sealed[str(part.lot)] = sealed_boxes.encrypt_to(
            kept.public_key, alone.model_dump_json(by_alias=True).encode()
        )
    return {"candidat": shown, "lots": [{"lot": part.lot} for part in tender.lots], SEALED: sealed}


def _seal_of(session: Session, procurement: Procurement) -> TenderSeal:
    found = session.get(TenderSeal, procurement.ref)
    if found is not None:
        return found
    pair = sealed_boxes.new_pair()
    keys = _keepers(session)
    is_personal = len(keys) >= NEEDED
    made = TenderSeal(
        ref=procurement.ref, public_key=pair.public, is_personal=is_personal, made_at=clock.now()
    )
    session.add(made)
    session.flush()
    count = len(keys) if is_personal else NEEDED
    shares = split(pair.private.get_secret_value(), secrets.randbelow(PRIME - 1) + 1, count)
    for rank, share in enumerate(shares):
        content = share.value.to_bytes(SHARE_BYTES, "big")
        session.add(
            TenderShare(
                ref=procurement.ref,
                rank=share.rank,
                person_email=keys[rank].person_email if is_personal else None,
                encrypted=sealed_boxes.encrypt_to(keys[rank].public_key, content)
                if is_personal
                else sealed_secrets.seal(content.hex()),
            )
        )
    note(session, procurement.ref, journal.APPLICATION, f"scellé, {_said(made, count)}")
    return made


def _said(seal: TenderSeal, count: int) -> str:
    return f"clé en {count} parts {'personnelles' if seal.is_personal else 'tenues par le serveur'}, deux nécessaires"


def _keepers(session: Session) -> list[OpeningKey]:
    """Return the keys of those who may open tenders today and have chosen a password."""
    gate = stage_of("opening")
    roles: Sequence[Role] = gate.asks.roles if isinstance(gate, Gate) and isinstance(gate.asks, Roles) else ()
    emails = [one.email for one in people.holders(session, roles, clock.today())]
    query = select(OpeningKey).where(col(OpeningKey.person_email).in_(emails))
    return list(session.exec(query.order_by(OpeningKey.person_email)))


def note(session: Session, ref: str, actor: str, reason: str) -> None:
    """Write a line about the sealed tenders of a purchase."""
    entry = journal.Entry(fact=Fact.TENDER, ref=ref, actor=actor, subject="plis", reason=reason)
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
    private = SecretBytes(join(given[0], given[1]))
    tenders = session.exec(select(Tender).where(Tender.ref == procurement.ref)).all()
    replaced = successive.among(tenders)
    for tender in successive.in_force(tenders):
        kept_sealed = {str(lot) for lot in replaced.get(tender.number, {})}
        tender.content = _opened(private, tender.content, kept_sealed)
        session.add(tender)
    found.opened_at = clock.now()
    note(session, procurement.ref, journal.APPLICATION, "plis ouverts avec deux parts de la clé")


def _opened(private: SecretBytes, content: dict[str, object], kept_sealed: set[str]) -> dict[str, object]:
    """Return the content of a tender with the lots of its envelopes, but those that stay sealed."""
    sealed = content.get(SEALED)
    if isinstance(sealed, str):  # one envelope for all its lots, as tenders were first sealed
        whole = json.loads(sealed_boxes.decrypt_with(private, sealed))
        parts = {str(part["lot"]): part for part in whole["lots"]}
        rest: dict[str, str] = {}
    elif isinstance(sealed, dict):
        opened = {
            lot: json.loads(sealed_boxes.decrypt_with(private, box))
            for lot, box in sealed.items()
            if lot not in kept_sealed
        }
        parts = {lot: one["lots"][0] for lot, one in opened.items()}
        whole = {**next(iter(opened.values()))}
        rest = {lot: box for lot, box in sealed.items() if lot in kept_sealed}
    else:
        return content
    lots = Envelope.model_validate(content).lots
    whole["lots"] = [{"lot": one.lot} if str(one.lot) in kept_sealed else parts[str(one.lot)] for one in lots]
    return {**whole, SEALED: rest} if rest else whole


def _given_shares(session: Session, seal: TenderSeal, answered: int) -> list[Share]:
    rows = session.exec(
        select(TenderShare).where(TenderShare.ref == seal.ref).order_by(col(TenderShare.rank))
    ).all()
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
