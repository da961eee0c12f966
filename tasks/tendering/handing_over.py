"""Who hands tenders over at the command line: once in service, a person who evaluates none, with her key and code."""

from models.access.sight import deposits_tenders
from models.errors import NotAllowed
from tasks import journal
from tasks.access import service, sessions
from tasks.access.proofs import Credentials
from tasks.store import reading

NO_EVALUATOR = (
    "Ce groupement est en service : une offre est déposée par le profil d'acheteur, avec son propre jeton, ou par "
    "une personne qui n'évalue pas les offres (--personne, --cle, --code)."
)


def who(person: str | None, given: Credentials) -> str:
    """Return in whose name a tender is deposited; a trial asks nobody."""
    with reading() as session:
        if not service.is_in_service(session):
            return person.strip().lower() if person else journal.APPLICATION
        viewer = sessions.viewer_of(session, (person or "").strip().lower())
    if viewer is None or not deposits_tenders(viewer):
        raise NotAllowed(NO_EVALUATOR)
    service.check_herself(viewer.email, given, "déposer une offre")
    return viewer.email
