"""Putting a new key in the place of the one that signs the journal; the line that says so is its first."""

from models.errors import NotAllowed
from models.journal import Fact, JournalLine
from tasks import journal
from tasks.ledger import chain, line_keys, touched
from tasks.store import transaction


def replace(*, is_lost: bool) -> str:
    """Replace the key and return the public half of the new one; the former signs it, unless it is lost."""
    with transaction() as session:
        head = journal.locked_head(session)
        last = session.get(JournalLine, head.seq) if head.seq else None
        former = last.signing_key if last else None
        if former is None:
            raise NotAllowed("Aucune ligne du journal n'est signée : il n'y a pas de clé à remplacer.")
        if not is_lost and line_keys.public_key() != former:
            raise NotAllowed("L'ancienne clé n'est pas dans ce dossier : remettez-la, ou dites --perdue.")
        made, announced = line_keys.replaced(former if not is_lost else None)
        kept = touched.taken(session)
        assert not kept
        entry = journal.Entry(
            fact=Fact.KEY,
            subject="clé remplacée",
            before=former,
            after=made,
            reason=chain.LOST if is_lost else announced,
        )
        journal.append(session, head, entry, [], key=made)
    return made
