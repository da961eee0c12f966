"""A database or a disk that fails, said in French, with what was and was not recorded before it did."""

import errno

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from models.errors import Failure, StoreAway
from tasks import recorded

BROKEN = (OperationalError, InterfaceError, InternalError)
DATABASE = "La base de données"
CAUSES = (
    ("database or disk is full", "n'écrit plus : le disque est plein"),
    ("no space left", "n'écrit plus : le disque est plein"),
    ("disk i/o error", "ne se lit ni ne s'écrit : le disque est en erreur"),
    ("database is locked", "est occupée par un autre traitement depuis plus de 30 secondes"),
    ("readonly", "est en lecture seule"),
    ("read-only", "est en lecture seule"),
    ("unable to open", "ne s'ouvre pas : son fichier n'est pas accessible"),
    ("malformed", "est abîmée : restaurez une copie"),
    ("not a database", "est abîmée : restaurez une copie"),
    ("too many clients", "refuse la connexion : trop de connexions à la fois"),
    ("password authentication", "refuse l'identification"),
)
DISK = {
    errno.ENOSPC: "le disque est plein",
    errno.EDQUOT: "le quota du disque est atteint",
    errno.EIO: "le disque est en erreur",
    errno.EROFS: "le disque est en lecture seule",
    errno.EMFILE: "trop de fichiers sont ouverts",
    errno.ENFILE: "trop de fichiers sont ouverts",
    errno.ESTALE: "le disque partagé ne répond plus",
}


def database_fails(error: Exception, is_certain: bool = True) -> StoreAway | None:
    """Return the failure of the database behind an error, None when the error is of another kind."""
    if isinstance(error, NoConnection):
        return StoreAway(f"{DATABASE} n'a plus de connexion libre : réessayez dans un instant.")
    is_broken = isinstance(error, BROKEN) or (isinstance(error, DBAPIError) and error.connection_invalidated)
    text = str(getattr(error, "orig", None) or error)
    known = next((said for cause, said in CAUSES if cause in text.lower()), "")
    is_defect = "no such" in text  # a table or a column that our own question invents
    if is_defect or not (is_broken or known.startswith("est abîmée")):
        return None
    first = text.strip().partition("\n")[0].rstrip(".")
    return StoreAway(f"{DATABASE} {known or f'ne répond pas ({first})'}.", is_certain=is_certain)


def store_fails(error: BaseException) -> StoreAway | None:
    """Return the failure of the database or of the disk behind an error, None for an error of another kind.

    A refusal whose cause is a disk that fails is one: its words stay, the cause is said in French.
    """
    if isinstance(error, StoreAway):
        return error
    if isinstance(error, Exception) and (failure := database_fails(error)):
        return failure
    cause = error if isinstance(error, OSError) else error.__cause__
    if not isinstance(cause, OSError) or cause.errno not in DISK:
        return None
    reason = DISK[cause.errno]
    if isinstance(error, Failure):
        return StoreAway(str(error).replace(cause.strerror or reason, reason))
    where = f" de {cause.filename}" if cause.filename else ""
    return StoreAway(f"Lecture ou écriture impossible{where} : {reason}.")


def whole(failure: StoreAway) -> str:
    """Return what failed, and what was and was not recorded before it did."""
    if not failure.is_certain:
        return f"{failure} Le dernier enregistrement n'est pas confirmé : vérifiez-le avant de recommencer."
    if not recorded.count():
        return f"{failure} Rien n'a été enregistré."
    return f"{failure} Ce qui précède est enregistré, la suite ne l'est pas : vérifiez avant de recommencer."
