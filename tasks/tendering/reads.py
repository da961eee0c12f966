"""The audit of reads of what candidates answered: one journal line for each read and each attempt, refused or not."""

from pydantic import BaseModel

from models.journal import Fact
from tasks import journal
from tasks.store import transaction

READ = "lue"
REFUSED = "refusée"
TENDERS = "offres"
SHARE = "part de la clé"
NOT_HERS = "hors des droits de la personne (CCP art. L. 2132-1)"


class Attempt(BaseModel):
    """Who wanted to read what; `refusal` says why she could not, empty when she did."""

    person: str
    ref: str
    subject: str  # kind of document, the tenders, a share of their key
    refusal: str = ""
    detail: str = ""


def note(attempt: Attempt) -> None:
    """Write the line, in a transaction of its own: a refused attempt is kept though nothing else is."""
    entry = journal.Entry(
        fact=Fact.READ,
        ref=attempt.ref,
        actor=attempt.person,
        subject=attempt.subject,
        after=REFUSED if attempt.refusal else READ,
        reason=attempt.refusal or attempt.detail,
    )
    with transaction() as session:
        journal.write(session, entry)
