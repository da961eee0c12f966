"""What a person does about letters that do not leave by themselves: say how they left, or have them sent again."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from models.access.sight import Viewer
from models.errors import BadInput, NotAllowed
from models.journal import Fact
from models.outbox import Held, Message
from models.outgoing.letters import CandidateLetter, Means
from models.process.procurement import Procurement
from models.reading.identifiers import checked_email
from tasks import clock, journal
from tasks.access import sessions
from tasks.organisation import people
from tasks.outgoing import dispatch, letters, mail
from tasks.outgoing.letters import Departure
from tasks.store import reading, transaction

LONGEST_RECEIPT = 200
FRENCH_INSTANT = re.compile(r"^(\d\d)/(\d\d)/(\d{4}) (\d\d:\d\d)$")
MINUTE = timedelta(minutes=1)  # people write the minute, not the second


class Shown(BaseModel):
    """A letter to a candidate as people read it: `etat` is parti, en_attente or a_remettre."""

    numero: int
    nature: str
    destinataire: str
    adresse: str
    etat: str
    parti_le: str | None
    moyen: str
    recepisse: str
    motif: str
    moment: datetime | None = Field(exclude=True)


class Said(BaseModel):
    """What a person says of letters that left: how, when (now when not given), under which receipt."""

    means: Means
    at: datetime | None = None
    receipt: str = ""


def listed(ref: str) -> list[Shown]:
    """Return the letters of a purchase as people read them; an unknown purchase is refused."""
    with reading() as session:
        if session.get(Procurement, ref) is None:
            raise BadInput(f"Achat inconnu : {ref} (liste : achats statut).")
        return shown(session, ref)


def shown(session: Session, ref: str) -> list[Shown]:
    """Return the letters of a purchase, oldest first."""
    return [_shown(row, message) for row, message in letters.with_messages(session, ref)]


def _shown(row: CandidateLetter, message: Message | None) -> Shown:
    state, reason = letters.state(row, message)
    return Shown(
        numero=row.id or 0,
        nature=row.kind,
        destinataire=row.recipient,
        adresse=row.address,
        etat=state,
        parti_le=clock.local(row.left_at).isoformat(timespec="seconds") if row.left_at else None,
        moyen=row.means.label if row.means else "",
        recepisse=row.receipt,
        motif=reason,
        moment=row.left_at,
    )


def said_of(means: str, at: str = "", receipt: str = "") -> Said:
    """Return what a person types: a means of the list, an instant in Paris ("2026-11-28T10:15"), a receipt."""
    try:
        known = Means(means.strip())
    except ValueError:
        raise _fault("moyen", f"Moyen « {means} » inconnu : {', '.join(Means)}.") from None
    return Said(means=known, at=_parsed(at) if at.strip() else None, receipt=receipt)


def _parsed(text: str) -> datetime:
    iso = FRENCH_INSTANT.sub(r"\3-\2-\1T\4", text.strip())
    try:
        found = datetime.fromisoformat(iso) if len(iso) > len("2026-11-28") else None
    except ValueError:
        found = None
    if found is None:
        raise _fault("le", f"Instant « {text} » illisible : le jour et l'heure, comme 2026-11-28T10:15.")
    return found if found.tzinfo else found.replace(tzinfo=clock.PARIS)


def viewer(email: str) -> Viewer:
    """Return the person of that address as the rules of access see her, or refuse."""
    with reading() as session:
        found = sessions.viewer_of(session, people.person(session, email).email)
    if found is None:
        raise NotAllowed(f"{email} n'est plus en fonction.")
    return found


def hand_over(viewer: Viewer, ref: str, numbers: Sequence[int], said: Said) -> list[Shown]:
    """Write that letters left otherwise than by the application; return them. No number means all that wait.

    Raises `NotAllowed` (not of the team), `BadInput` (unknown letter, impossible instant, no receipt) or `AlreadyDone`.
    """
    moved: set[str | None] = set()
    with transaction() as session:
        _check_team(session, viewer, ref)
        rows = _rows(session, ref, numbers)
        at = _instant(said, rows)
        receipt = _receipt(said)
        for row in rows:
            _take_back(session, row)
            departure = Departure(means=said.means, at=at, receipt=receipt, by=viewer.email)
            moved.add(letters.note(session, row, departure))
        chosen = {row.id for row in rows}
        found = [one for one in shown(session, ref) if one.numero in chosen]
    if moved - {None}:
        dispatch.deliver(ref)
    return found


def send_again(viewer: Viewer, ref: str, numbers: Sequence[int], address: str = "") -> mail.Sent:
    """Have letters sent again by the mail server, to another address when one is given."""
    with transaction() as session:
        procurement = _check_team(session, viewer, ref)
        rows = _rows(session, ref, numbers)
        corrected = checked_email(address) if address else ""
        if corrected and len(rows) != 1:
            raise BadInput("Une adresse se corrige courrier par courrier : donnez le numéro du courrier.")
        for row in rows:
            if not (corrected or row.address):
                raise BadInput(
                    f"Courrier {row.id} ({row.recipient}) : {letters.NO_ADDRESS}, ou donnez une adresse."
                )
            _free(session, procurement, row, corrected, viewer.email)
    return mail.send_pending()


def _check_team(session: Session, viewer: Viewer, ref: str) -> Procurement:
    procurement = session.get(Procurement, ref, with_for_update=True)
    if procurement is None:
        raise BadInput(f"Achat inconnu : {ref} (liste : achats statut).")
    if not viewer.runs_purchases:
        raise NotAllowed("L'envoi des courriers est suivi par ceux qui mènent la procédure.")
    return procurement


def _rows(session: Session, ref: str, numbers: Sequence[int]) -> list[CandidateLetter]:
    query = select(CandidateLetter).where(CandidateLetter.ref == ref).order_by(col(CandidateLetter.id))
    found = {row.id: row for row in session.exec(query)}
    for number in numbers:
        if number not in found:
            raise BadInput(f"{ref} n'a pas de courrier n° {number} (liste : achats courrier liste {ref}).")
    rows = [found[one] for one in numbers] if numbers else list(found.values())
    waiting = [row for row in rows if row.left_at is None]
    if not waiting or (numbers and len(waiting) < len(rows)):
        gone = ", ".join(f"n° {row.id}" for row in rows if row.left_at is not None)
        raise BadInput(f"{ref} : aucun courrier n'attend" + (f" (déjà parti : {gone})." if gone else "."))
    return waiting


def _instant(said: Said, rows: Sequence[CandidateLetter]) -> datetime:
    now = clock.now()
    at = said.at or now
    if at > now:
        raise _fault("le", "Un courrier ne peut pas être parti à une date à venir.")
    first = max(row.written_at for row in rows)
    if at + MINUTE <= first:
        raise _fault(
            "le",
            f"Ce courrier a été écrit le {clock.local(first):%d/%m/%Y à %H:%M} : il n'est pas parti avant.",
        )
    return at


def _receipt(said: Said) -> str:
    receipt = " ".join(said.receipt.split())
    if len(receipt) > LONGEST_RECEIPT:
        raise _fault("recepisse", f"Le récépissé s'écrit en {LONGEST_RECEIPT} caractères au plus.")
    if said.means.gives_receipt and not receipt:
        raise _fault("recepisse", f"Le numéro qui prouve l'envoi par {said.means.label} est à donner.")
    return receipt


def _fault(name: str, sentence: str) -> BadInput:
    return BadInput(sentence, fields={name: sentence})


def _take_back(session: Session, row: CandidateLetter) -> None:
    """Keep the application from sending a letter that left otherwise."""
    message = session.get(Message, row.message_key, with_for_update=True) if row.message_key else None
    if message is None:
        return
    _check_not_in_hand(message, row)
    message.held = Held.HANDED_OVER


def _check_not_in_hand(message: Message, row: CandidateLetter) -> None:
    if mail.is_in_hand(message):
        raise BadInput(
            f"Le courrier n° {row.id} est en cours d'envoi : voyez dans une minute s'il est parti."
        )


def _free(session: Session, procurement: Procurement, row: CandidateLetter, address: str, by: str) -> None:
    """Let a letter leave, to a corrected address when one is given; the first one starts its message."""
    message = session.get(Message, row.message_key, with_for_update=True) if row.message_key else None
    if message is not None:
        _check_not_in_hand(message, row)
    if address and address != row.address:
        entry = journal.Entry(
            fact=Fact.LETTER,
            ref=row.ref,
            actor=by,
            subject=row.kind,
            before=row.address or None,
            after=address,
            reason=f"adresse corrigée pour {row.recipient}",
        )
        journal.write(session, entry)
        row.address = address
    if message is None:
        letters.put_in_outbox(session, procurement, row)
        return
    message.to = row.address
    mail.release_held(message)
