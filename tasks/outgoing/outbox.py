"""Putting into the outbox what must leave the application: messages to people, runs asked of Prefect.

Nothing leaves here: rows are written in the caller's transaction; `mail` and `dispatch` deliver them.
"""

from datetime import datetime
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.access.accounts import Account
from models.journal import Fact
from models.outbox import Dispatch, Message
from models.process.procurement import Procurement
from tasks import clock, journal
from tasks.outgoing import restored
from tasks.settings import pages_url, settings

LIFECYCLE = "lifecycle/ght"
REMINDER = "reminder/ght"


PAGES = {
    "decision_attendue": "/achats/{ref}/repondre",
    "relance": "/achats/{ref}/repondre",
    "risques": "/risques",
    "delegation_finit": "/delegations",
    "abonnement_suspendu": "/compte",
    "acces_change": "/compte",
    "acces_a_confirmer": "/organisation",
    "lien_acces": "/connexion",
    "place_disque": "/systeme",
    "sauvegarde_en_echec": "/systeme",
    "ancre": "/",
}
"""Where a message leads, by template; to the page of the purchase for every other one."""
# Outside the group: the pages are closed to them.
TO_CANDIDATES = frozenset({"courrier_candidat", "dce_rectifie"})


class Letter(BaseModel):
    """A message to write: its unique key, the person, the template (`templates/messages`) and what it says.

    `at_once` when no digest may hold it; `lines` is what a digest says of it, its subject otherwise.
    """

    key: str
    to: str
    template: str
    values: dict[str, str | int | list[str] | None] = {}
    attachments: list[str] = []
    at_once: bool = False
    lines: list[str] = []


@lru_cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(settings().templates_dir / "messages"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 (plain text)
        trim_blocks=True,
        lstrip_blocks=True,
    )


def write_message(session: Session, letter: Letter, procurement: Procurement | None = None) -> bool:
    """Put a message in the outbox unless its key is there already; return whether it is new.

    The first line of the template is the subject. The address of the page ends every message that lacks it.
    """
    if session.get(Message, letter.key):
        return False
    subject, body = rendered(letter, procurement)
    ref = procurement.ref if procurement else None
    short = subject.removeprefix(f"{ref} — ")
    page = PAGES.get(letter.template, "/achats/{ref}" if ref else "/").format(ref=ref)
    message = Message(
        key=letter.key,
        ref=ref,
        to=letter.to,
        subject=subject,
        body=_with_address(body, letter.template, f"{pages_url()}{page}"),
        attachments=letter.attachments,
        page=page,
        lines=letter.lines or [short[:1].upper() + short[1:]],
        is_gathered=_is_gathered(session, letter),
        created_at=clock.now(),
    )
    if restored.has_left(session, message):
        message.sent_at, message.error = clock.now(), restored.HELD
    session.add(message)
    journal.write(
        session,
        journal.Entry(fact=Fact.MESSAGE, ref=ref, subject=letter.template, after=letter.to, reason=subject),
    )
    return True


def rendered(letter: Letter, procurement: Procurement | None = None) -> tuple[str, str]:
    """Return the subject and the text of a message, without the address of its page."""
    source = _environment().get_template(f"{letter.template}.j2")
    text = source.render(achat=procurement, pages=pages_url(), **letter.values)
    subject, _, body = text.strip().partition("\n")
    return subject.strip(), body.strip()


def _with_address(body: str, template: str, address: str) -> str:
    """Return the text, ended by the address of its page unless a word of the text is that address already."""
    if template in TO_CANDIDATES or address in body.split():
        return f"{body}\n"
    return f"{body}\n\nDans l'application :\n    {address}\n"


def _is_gathered(session: Session, letter: Letter) -> bool:
    """Return whether a message waits for the daily digest: by the choice of the person, documents never."""
    if letter.at_once or letter.attachments:
        return False
    account = session.get(Account, letter.to)
    return account is not None and account.wants_digest


def ask_run(session: Session, dispatch: Dispatch) -> None:
    """Put a run in the outbox unless its key is there already."""
    if session.get(Dispatch, dispatch.key) is None:
        session.add(dispatch)


def segment(procurement: Procurement, suffix: str = "", due_at: datetime | None = None) -> Dispatch:
    """Return the run that carries a procurement forward from where it stands."""
    stage = procurement.stage
    return Dispatch(
        key=f"{procurement.ref}:{stage}:{procurement.visit}{suffix}",
        ref=procurement.ref,
        deployment=LIFECYCLE,
        name=procurement.title,
        parameters={
            "ref": procurement.ref,
            "stage": stage,
            "visit": procurement.visit,
            "version": procurement.version,
        },
        tags=[procurement.ref, procurement.family_code, stage],
        due_at=due_at,
        created_at=clock.now(),
    )


def reminder(procurement: Procurement, number: int, due_at: datetime) -> Dispatch:
    """Return the run that reminds the people awaited at the present gate."""
    key = f"{procurement.ref}:{procurement.stage}:{procurement.visit}:relance:{number}"
    return Dispatch(
        key=key,
        ref=procurement.ref,
        deployment=REMINDER,
        name=f"{procurement.title} · relance {number}",
        parameters={"ref": procurement.ref, "stage": procurement.stage, "visit": procurement.visit},
        tags=[procurement.ref, procurement.family_code, "relance"],
        due_at=due_at,
        created_at=clock.now(),
    )


def dated(session: Session, ref: str, prefix: str) -> list[Dispatch]:
    """Return the dated runs of a procurement whose key begins so, withdrawn ones left out."""
    query = select(Dispatch).where(
        Dispatch.ref == ref, col(Dispatch.due_at).is_not(None), col(Dispatch.withdrawn_at).is_(None)
    )
    return [run for run in session.exec(query) if run.key.startswith(prefix)]


def withdraw(session: Session, ref: str, stage: str, visit: int) -> None:
    """Withdraw the runs still to come of a stage that is left: the calendar shows no dead date."""
    prefix = f"{ref}:{stage}:{visit}:"
    pending = select(Dispatch).where(
        Dispatch.ref == ref, col(Dispatch.due_at).is_not(None), col(Dispatch.withdrawn_at).is_(None)
    )
    for dispatch in session.exec(pending):
        if dispatch.key.startswith(prefix) and dispatch.due_at and dispatch.due_at > clock.now():
            dispatch.withdrawn_at = clock.now()
