"""The anchor of each day, kept outside: a folder, two people, a timestamp.

Whoever holds the database, the program and the keys can write a whole new journal; he cannot take back what others
hold.
"""

from datetime import date
from pathlib import Path

from pydantic import BaseModel
from sqlmodel import Session

from models.errors import BadInput, Failure, Unavailable
from models.journal import Fact
from models.organisation.group import Role
from tasks import clock, journal, storage
from tasks.organisation import people
from tasks.outgoing import outbox
from tasks.process import anchors
from tasks.settings import settings
from tasks.signing import timestamps
from tasks.store import reading, transaction

FOLDER = "ancres"
STAMP = ".tsr"
# Nobody alone: the first two who hold one of these functions, the administrator last.
KEEPERS = (Role.DIRECTOR, Role.ACCOUNTANT, Role.LEGAL_OFFICER, Role.CONTROLLER, Role.PURCHASING_DIRECTOR)
ENOUGH = 2


class Day(BaseModel):
    """The anchor of one day: where it is, its text, and where it went."""

    path: Path
    text: str
    anchor: anchors.Present
    places: list[str] = []
    remarks: list[str] = []


def check(_: date) -> list[str]:
    """Anchor the journal once a day of the real clock; return what could not be done, tried again at the next watch."""
    day = _made()
    if day is None:
        return []
    _copy(day)
    _stamp(day)
    with transaction() as session:
        told = [one for one in _keepers(session) if _write_to(session, one, day)]
        day.places += [f"courriel à {one}" for one in told]
        if day.places:
            entry = journal.Entry(
                fact=Fact.ANCHOR,
                subject=day.path.name,
                after=day.anchor.empreinte,
                reason=f"{day.anchor.lignes} lignes ; " + " ; ".join(day.places),
            )
            journal.write(session, entry)
    return day.remarks


def _made() -> Day | None:
    """Return the anchor of today, made once; None while the journal is empty."""
    path = settings().home / FOLDER / f"{clock.today():%Y-%m-%d}{anchors.SUFFIX}"
    if path.exists():
        text = path.read_text(encoding="utf-8")
        return Day(path=path, text=text, anchor=anchors.Present.model_validate_json(text))
    with reading() as session:
        anchor = anchors.present(session)
    if not anchor.lignes:
        return None
    path.parent.mkdir(exist_ok=True)
    text = anchor.model_dump_json() + "\n"
    storage.write(str(path.relative_to(settings().home)), text.encode())
    return Day(path=path, text=text, anchor=anchor, places=[f"fichier {path.name}"])


def _copy(day: Day) -> None:
    folder = settings().anchor_dir
    if folder is None or (folder / day.path.name).exists():
        return
    try:
        with storage.whole(folder / day.path.name) as file:
            file.write(day.text.encode())
        day.places.append(f"dossier {folder}")
    except OSError as error:
        day.remarks.append(f"ancre du journal : {folder} ne s'écrit pas ({error.strerror})")


def _stamp(day: Day) -> None:
    """Ask for a timestamp of the anchor, beside each copy of it."""
    outside = settings().anchor_dir
    copies = [day.path, *([outside / day.path.name] if outside else [])]
    missing = [
        Path(f"{path}{STAMP}") for path in copies if path.exists() and not Path(f"{path}{STAMP}").exists()
    ]
    if not missing:
        return
    try:
        token = timestamps.token(day.text.encode())
        if token is None:
            return
        for path in missing:
            with storage.whole(path) as file:
                file.write(token)
        day.places.append("horodatage")
    except (OSError, Unavailable) as error:
        day.remarks.append(f"ancre du journal non horodatée : {error}")


def _keepers(session: Session) -> list[str]:
    given = [one.strip() for one in settings().anchor_mails.split(",") if one.strip()]
    if given:
        return given
    found = [one.email for role in KEEPERS for one in people.holders(session, [role], clock.today())]
    return list(dict.fromkeys(found))[:ENOUGH]


def _write_to(session: Session, someone: str, day: Day) -> bool:
    return outbox.write_message(
        session,
        outbox.Letter(
            key=f"ancre:{day.path.name}:{someone}",
            to=someone,
            template="ancre",
            values={
                "jour": f"{clock.today():%d/%m/%Y}",
                "compte": day.anchor.lignes,
                "empreinte": day.anchor.empreinte,
                "cle": day.anchor.cle,
                "contenu": day.text.strip(),
                "fichier": day.path.name,
            },
        ),
    )


def kept() -> list[anchors.Anchor]:
    """Return the anchors of each day that this machine can read: those of the folder outside first."""
    folders = (settings().anchor_dir, settings().home / FOLDER)
    return [one for folder in folders if folder and folder.is_dir() for one in anchors.read_all(folder)]


def remarks(known: list[anchors.Anchor]) -> list[str]:
    """Return what the timestamps of anchors say, and which do not hold."""
    said = []
    for one in known:
        stamp = Path(f"{one.path}{STAMP}")
        if stamp.is_file():
            said.append(_said(one, stamp))
    return (
        said[-1:]
        if all("fausse" not in text for text in said)
        else [text for text in said if "fausse" in text]
    )


def _said(anchor: anchors.Anchor, path: Path) -> str:
    try:
        stamp = timestamps.checked(path.read_bytes(), anchor.path.read_bytes())
    except (BadInput, OSError, Failure) as error:
        return f"l'horodatage {path.name} est une preuve fausse ({error})"
    trusted = "" if stamp.is_trusted else ", autorité non reconnue (ACHATS_TSA_ROOTS)"
    return (
        f"{anchor.name} horodatée le {clock.local(stamp.at):%d/%m/%Y à %H:%M} par {stamp.authority}{trusted}"
    )
