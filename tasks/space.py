"""The room left on the disk of the home directory: watched, told, and new deposits refused before the end."""

import shutil
from enum import StrEnum

from pydantic import BaseModel

from models.errors import Unavailable
from tasks.settings import settings

MEGABYTE = 1_000_000


class RoomState(StrEnum):
    """What is left, against the two thresholds of the settings; the value is what people read."""

    ENOUGH = "suffisant"
    LOW = "bas"
    NONE = "insuffisant"


class Room(BaseModel):
    """The room of the disk that holds the home directory, in megabytes, and the thresholds it is held against."""

    etat: RoomState
    libre_mo: int
    total_mo: int
    alerte_mo: int
    refus_mo: int

    def __str__(self) -> str:
        return f"{self.libre_mo} Mo libres sur {self.total_mo} ({self.etat})"


def room() -> Room:
    """Return the room left where the home directory is."""
    chosen = settings()
    found = shutil.disk_usage(chosen.home)
    left = found.free // MEGABYTE
    state = RoomState.ENOUGH
    if left < chosen.free_space_refusal:
        state = RoomState.NONE
    elif left < chosen.free_space_warning:
        state = RoomState.LOW
    return Room(
        etat=state,
        libre_mo=left,
        total_mo=found.total // MEGABYTE,
        alerte_mo=chosen.free_space_warning,
        refus_mo=chosen.free_space_refusal,
    )


def refuse_when_full() -> None:
    """Refuse what someone brings while the room left must be kept for the work under way."""
    found = room()
    if found.etat is RoomState.NONE:
        raise Unavailable(
            f"Dépôt refusé : il ne reste que {found.libre_mo} Mo sur le disque des données ({found.refus_mo} Mo "
            "sont gardés pour les achats en cours). Rien n'a été enregistré : prévenez l'administrateur, puis "
            "déposez de nouveau."
        )
