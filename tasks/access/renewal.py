"""Renewing the secrets of a home: what a former one protected is made again, and it opens nothing more."""

from collections.abc import Iterator

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import BaseModel
from sqlalchemy import String, inspect
from sqlalchemy.orm import Mapper
from sqlmodel import AutoString, Session, SQLModel, col, delete, func, select

from models.access.accounts import LoginSession
from models.errors import BadInput, Refused
from models.journal import Fact, JournalHead, JournalLine
from tasks import journal, key_files, storage
from tasks.access import sealed_secrets
from tasks.home import make_prefect_access
from tasks.settings import prefect_access_file, settings
from tasks.store import reading, transaction

SEALED = "gAAAA"  # how a text sealed by Fernet begins: its version, then the first bytes of a date
OURS = "sealed_"  # how a column begins that this application alone seals
NEVER_SEALED = (JournalLine, JournalHead)


class Renewed(BaseModel):
    """What was renewed, how much was sealed again, what is to be done next."""

    nom: str
    refaits: int = 0
    suite: str = ""


class Secret(BaseModel):
    """One secret of the home, where it is kept; its value is never shown."""

    nom: str
    lieu: str
    renouveler: str


def secrets_of_home() -> list[Secret]:
    """Return the secrets of this home."""
    given = settings().secret_key is not None
    with reading() as session:
        opened = session.exec(select(func.count()).select_from(LoginSession)).one()
    found = [
        Secret(
            nom="prefect", lieu=str(prefect_access_file()), renouveler="achats secrets renouveler prefect"
        ),
        Secret(
            nom="scellement",
            lieu="ACHATS_SECRET_KEY" if given else str(settings().home / sealed_secrets.KEY_FILE),
            renouveler="achats secrets renouveler scellement",
        ),
        Secret(
            nom="sessions",
            lieu=f"base de données ({opened} ouvertes)",
            renouveler="achats secrets renouveler sessions",
        ),
    ]
    others = [path for path in key_files.of_home() if path.name != sealed_secrets.KEY_FILE]
    return [*found, *(Secret(nom=path.name, lieu=str(path), renouveler="") for path in others)]


def renew_prefect() -> Renewed:
    """Make a new access to Prefect; the former one is refused once the service has started again."""
    make_prefect_access(prefect_access_file(), replace=True)
    _say("accès à Prefect")
    return Renewed(nom="prefect", suite="Copiez le fichier sur les machines des workers, puis démarrez.")


def renew_sessions() -> Renewed:
    """Close every session of the pages: everybody logs in again."""
    with transaction() as session:
        ended = session.exec(delete(LoginSession)).rowcount
        _write(session, "sessions des pages", f"{ended} fermées")
    return Renewed(nom="sessions", refaits=ended)


def renew_sealing() -> Renewed:
    """Seal again, with a new key, everything that the present one seals.

    In the home, the file holds both keys until all is sealed again: a machine that stops in between loses nothing.
    With `ACHATS_SECRET_KEY` that one is the new key; the former is `ACHATS_FORMER_SECRET_KEY`, or the file of the home.
    """
    path = settings().home / sealed_secrets.KEY_FILE
    if settings().secret_key is not None:
        if len(sealed_secrets.present_keys()) < 2:
            raise BadInput(
                "Mettez la nouvelle clé dans ACHATS_SECRET_KEY et l'ancienne dans ACHATS_FORMER_SECRET_KEY, "
                "puis relancez."
            )
        done = _seal_again()
        return Renewed(
            nom="scellement",
            refaits=done,
            suite=f"L'ancienne clé n'ouvre plus rien : retirez ACHATS_FORMER_SECRET_KEY et, s'il existe, {path}.",
        )
    first, *_ = sealed_secrets.present_keys()
    both = b"\n".join((Fernet.generate_key(), *dict.fromkeys(sealed_secrets.present_keys())))
    _keep(both)
    done = _seal_again()
    _keep(sealed_secrets.present_keys()[0])
    assert sealed_secrets.present_keys()[0] != first
    return Renewed(nom="scellement", refaits=done, suite="Sauvegardez la nouvelle clé.")


def _keep(content: bytes) -> None:
    with storage.whole(settings().home / sealed_secrets.KEY_FILE, key_files.OWNER_ONLY) as file:
        file.write(content)


def _seal_again() -> int:
    """Seal again every sealed text of every table, with the first key; return how many. All or nothing."""
    new, *former = (Fernet(key) for key in sealed_secrets.present_keys())
    box, count = MultiFernet([new, *former]), 0
    with transaction() as session:
        for row, name in _sealed(session):
            text = getattr(row, name)
            try:
                setattr(row, name, box.rotate(text.encode()).decode())
            except InvalidToken as error:
                if name.startswith(OURS):
                    raise Refused(
                        f"Un secret ({type(row).__tablename__}) ne s'ouvre avec aucune des clés : remettez l'ancienne. "
                        "Rien n'a été changé."
                    ) from error
                continue  # sealed by a person's password, or for her alone
            count += 1
        _write(session, "clé de scellement", f"{count} secrets scellés de nouveau")
    return count


def _sealed(session: Session) -> Iterator[tuple[SQLModel, str]]:
    """Yield the row and column of each text that looks sealed, in every table: one added later is not missed."""
    mappers: list[Mapper[SQLModel]] = list(SQLModel._sa_registry.mappers)
    for mapper in sorted(mappers, key=lambda one: one.class_.__name__):
        if mapper.class_ in NEVER_SEALED:
            continue
        for column in inspect(mapper).columns:
            if not isinstance(column.type, String | AutoString):
                continue
            for row in session.exec(
                select(mapper.class_).where(col(column).startswith(SEALED, autoescape=True))
            ):
                yield row, mapper.get_property_by_column(column).key


def _say(subject: str) -> None:
    with transaction() as session:
        _write(session, subject, "")


def _write(session: Session, subject: str, after: str) -> None:
    entry = journal.Entry(fact=Fact.ACCESS, subject=subject, after=after or None, reason="secret renouvelé")
    journal.write(session, entry)
