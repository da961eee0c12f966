"""The register of delegations kept at the command line: in service, by the person herself and nobody in her name."""

from sqlmodel import Session

from models.access.sight import Viewer, completes_delegation, gives_delegations
from models.errors import NotAllowed
from tasks.access import service, sessions
from tasks.access.proofs import Credentials
from tasks.delegations import register
from tasks.store import reading

FORMALITIES = ("publication", "transmission_conseil", "transmission_comptable", "specimen")
GIVER = "Une délégation est donnée, changée et retirée par la direction qui la donne : --par doit être {}."
SECOND = (
    "Les formalités sont inscrites par une seconde personne de la direction ou de la cellule juridique : "
    "ni celle qui a donné la délégation, ni celle qui l'a reçue."
)
LATER = (
    "Publication, transmissions et spécimen sont inscrits ensuite, par une seconde personne "
    "(achats delegation formalites)."
)


def check_giving(given: dict[str, object], actor: str, proof: Credentials) -> None:
    """Refuse, in service, a delegation that its giver does not give herself, or with its formalities."""
    if not _is_in_service():
        return
    if any(given.get(name) for name in FORMALITIES):
        raise NotAllowed(LATER)
    _check_giver(str(given["delegant"]).strip().lower(), actor, proof)


def check_ending(reference: str, actor: str, proof: Credentials) -> None:
    """Refuse, in service, the end of a delegation by anybody but the one who gave it."""
    if not _is_in_service():
        return
    with reading() as session:
        giver = register.load(session, reference).delegator_email
    _check_giver(giver, actor, proof)


def check_completing(reference: str, actor: str, proof: Credentials) -> None:
    """Refuse, in service, formalities that no second person enters."""
    if not _is_in_service():
        return
    with reading() as session:
        row = register.load(session, reference)
        viewer = _viewer(session, actor)
        if viewer is None or not completes_delegation(viewer, row.delegator_email, row.delegate_email):
            raise NotAllowed(SECOND)
    service.check_herself(viewer.email, proof, "inscrire une formalité")


def _check_giver(giver: str, actor: str, proof: Credentials) -> None:
    with reading() as session:
        viewer = _viewer(session, actor)
    if viewer is None or viewer.email != giver or not gives_delegations(viewer):
        raise NotAllowed(GIVER.format(giver))
    service.check_herself(giver, proof, "donner ou retirer une délégation")


def _viewer(session: Session, actor: str) -> Viewer | None:
    return sessions.viewer_of(session, actor.strip().lower())


def _is_in_service() -> bool:
    with reading() as session:
        return service.is_in_service(session)
