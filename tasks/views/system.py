"""The state of the installation, for `/sante`, the system page and `achats systeme`."""

from pydantic import BaseModel

from tasks.space import Room, RoomState, room


class System(BaseModel):
    """What an administrator looks at; `remarques` is what asks for an action, in French."""

    etat: str
    place: Room
    remarques: list[str] = []


def view() -> System:
    """Return the state of the installation now."""
    found = room()
    remarks = _of_room(found)
    return System(etat="attention" if remarks else "ok", place=found, remarques=remarks)


def _of_room(found: Room) -> list[str]:
    if found.etat is RoomState.NONE:
        return [f"Disque presque plein ({found.libre_mo} Mo libres) : les nouveaux dépôts sont refusés."]
    if found.etat is RoomState.LOW:
        return [f"Le disque se remplit ({found.libre_mo} Mo libres, seuil {found.alerte_mo} Mo)."]
    return []


def health() -> str:
    """Return what `/sante` says: « ok » or « attention » on the first line, then one fact on each."""
    found = view()
    return "\n".join([found.etat, f"place : {found.place.etat}"])
