"""The state of the installation, for `/sante`, the system page and `achats systeme`."""

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ValidationError

from models.archive.since import Since
from tasks.archive import awaiting
from tasks.archive.backup import LAST, Done
from tasks.settings import settings
from tasks.space import Room, RoomState, room


class BackupAge(BaseModel):
    """The last backup of this home: which, when, how long ago (hours), and whether that is too long."""

    copie: str
    dossier: str
    faite_le: datetime
    age_heures: int
    en_retard: bool


class System(BaseModel):
    """What an administrator looks at; `remarques` is what asks for an action, in French."""

    etat: str
    place: Room
    sauvegarde: BackupAge | None = None
    restauration: Since | None = None
    remarques: list[str] = []


def view() -> System:
    """Return the state of the installation now."""
    found, backup, waiting = room(), last_backup(), awaiting.report()
    remarks = [*_of_room(found), *_of_backup(backup)]
    if waiting:
        remarks.append(f"La restauration {waiting.numero} attend une confirmation : rien ne part d'ici là.")
    return System(
        etat="attention" if remarks else "ok",
        place=found,
        sauvegarde=backup,
        restauration=waiting,
        remarques=remarks,
    )


def _of_room(found: Room) -> list[str]:
    if found.etat is RoomState.NONE:
        return [f"Disque presque plein ({found.libre_mo} Mo libres) : les nouveaux dépôts sont refusés."]
    if found.etat is RoomState.LOW:
        return [f"Le disque se remplit ({found.libre_mo} Mo libres, seuil {found.alerte_mo} Mo)."]
    return []


def last_backup() -> BackupAge | None:
    """Return the last backup of this home, None when there never was one."""
    try:
        done = Done.model_validate_json((settings().home / LAST).read_bytes())
    except (OSError, ValidationError):
        return None
    age = (datetime.now(UTC) - done.faite_le) // timedelta(hours=1)
    return BackupAge(
        copie=done.copie,
        dossier=done.dossier,
        faite_le=done.faite_le,
        age_heures=age,
        en_retard=age >= settings().backup_late_hours,
    )


def _of_backup(found: BackupAge | None) -> list[str]:
    """Return a remark when the scheduled backup is late; where none is scheduled, the page alone says it."""
    if settings().backup_dir is None:
        return []
    if found is None:
        return ["Aucune sauvegarde n'a encore été faite."]
    return [f"La dernière sauvegarde a {found.age_heures} heures."] if found.en_retard else []


def health() -> str:
    """Return what `/sante` says: « ok » or « attention » on the first line, then one fact on each."""
    found, backup = room(), last_backup()
    is_well = not _of_room(found) and not _of_backup(backup)
    said = f"il y a {backup.age_heures} h" if backup else "aucune"
    return "\n".join(["ok" if is_well else "attention", f"place : {found.etat}", f"sauvegarde : {said}"])
