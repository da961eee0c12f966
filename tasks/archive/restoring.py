"""Bringing a home back from a backup; then nothing leaves it until a person has confirmed."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from models.archive.manifest import Manifest, SealedBy
from models.archive.since import Since
from models.errors import BadInput, Failure, NotAllowed
from tasks import key_files, storage, store
from tasks.archive import copies, databases, reborn
from tasks.archive.backup import ASIDE
from tasks.archive.envelope import Opening, open_keys
from tasks.settings import running_server, settings

KEPT_IN_PLACE = ("prefect", "journaux-techniques")  # Prefect may remember more than the copy: it stays


class Return(BaseModel):
    """A restoration asked for: from which folder and copy, what opens the keys, whether the present home gives way."""

    folder: Path
    copy_name: str | None = None
    opening: Opening = Opening()
    replaces: bool = False


def restore(order: Return) -> Since:
    """Bring the copy back and return what happened since; killed in between, it is simply done again."""
    folder = order.folder.resolve()
    manifest = copies.load(folder, order.copy_name)
    copies.refuse_altered(folder, manifest)
    keys = _keys(folder, manifest, order.opening)
    _check_home(manifest, order)
    store.forget_engine()
    now = datetime.now(UTC)
    former = _set_aside(folder, now) if order.replaces else None
    for one in manifest.fichiers:
        target = storage.resolve(one.chemin)
        with (
            storage.whole(target, one.droits) as file,
            copies.file_of(folder, one.sha256).open("rb") as source,
        ):
            shutil.copyfileobj(source, file)
        os.utime(target, ns=(one.modifie_ns, one.modifie_ns))
    _put_keys(keys)
    databases.put_back(copies.file_of(folder, manifest.base.sha256))
    store.forget_engine()
    try:
        return reborn.begin(manifest, former, _remarks(manifest))
    except (
        Failure
    ):  # the key that signs the journal is not that of the copy: no home is left that nobody holds
        store.forget_engine()
        databases.set_aside(f"{ASIDE}-{now:%Y%m%dT%H%M%S}-refusee")
        raise


def restore_keys(order: Return) -> list[str]:
    """Put back the keys alone, in the place of none or of unreadable ones; return their names."""
    folder = order.folder.resolve()
    manifest = copies.load(folder, order.copy_name)
    keys = _keys(folder, manifest, order.opening)
    if not keys:
        raise BadInput(f"La sauvegarde {manifest.copie} ne donne aucune clé ({manifest.cles.scellees_par}).")
    _put_keys(keys)
    return sorted(keys)


def _keys(folder: Path, manifest: Manifest, opening: Opening) -> dict[str, bytes]:
    """Return the keys of the envelope; none when nothing is given to open it and this home has them all.

    Without the key that signed the journal nothing could be written in the home that comes back.
    """
    if manifest.cles.scellees_par is SealedBy.NOBODY or not manifest.cles.noms:
        return {}
    is_here = all((settings().home / name).exists() for name in manifest.cles.noms)
    if opening.passphrase is None and opening.private_key is None and is_here:
        return {}
    return open_keys((folder / copies.COPIES / manifest.copie / copies.ENVELOPE).read_bytes(), opening)


def _put_keys(keys: dict[str, bytes]) -> None:
    for name, content in keys.items():
        with storage.whole(storage.resolve(name), key_files.OWNER_ONLY) as file:
            file.write(content)


def _check_home(manifest: Manifest, order: Return) -> None:
    if (server := running_server()) and _lives(server.pid):
        raise NotAllowed("Le service tourne sur ce dossier de données : arrêtez-le avant de restaurer.")
    if manifest.base.moteur is not databases.engine_of_home():
        raise BadInput(
            f"Cette sauvegarde est celle d'une base {manifest.base.moteur.label}, ce dossier de données en demande "
            f"une autre : donnez ACHATS_DATABASE_URL, ou passez par « achats exporter » et « achats importer export »."
        )
    if not store.knows_revision(manifest.base.revision):
        raise BadInput(
            f"Cette sauvegarde a été faite par une version plus récente ({manifest.application}, tables "
            f"{manifest.base.revision}) : mettez l'application à jour d'abord."
        )
    if not order.replaces and not databases.is_empty():
        raise BadInput(
            f"{settings().home} contient déjà des données : --remplacer les met de côté ({ASIDE}-…) avant de restaurer."
        )


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _set_aside(folder: Path, now: datetime) -> str | None:
    """Put the present home aside in a folder of its own; return the address of its database."""
    name = f"{ASIDE}-{now:%Y%m%dT%H%M%S}"
    home = settings().home
    address = None if databases.is_empty() else databases.set_aside(name)
    target = home / name
    target.mkdir(parents=True, exist_ok=True)
    kept = {*KEPT_IN_PLACE, *(path.relative_to(home).parts[0] for path in key_files.of_home())}
    for path in list(home.iterdir()):
        if path.name in kept or path.name.startswith(ASIDE) or folder.is_relative_to(path):
            continue
        path.rename(target / path.name)
    return address


def _remarks(manifest: Manifest) -> list[str]:
    remarks = list(manifest.remarques)
    remarks.append(
        "Mots de passe, jetons, habilitations et délégations sont ceux de la copie : ce qui a été révoqué depuis est à "
        "révoquer de nouveau. Toutes les sessions sont fermées."
    )
    return remarks
