"""A consistent copy of a living home: the database first, then the files that it speaks of, the keys in an envelope."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel
from sqlmodel import select

from models.archive.manifest import KeptDatabase, KeptFile, KeptKeys, Manifest, SealedBy
from models.errors import BadInput, Unavailable
from models.journal import Fact
from models.process.procurement import Document
from tasks import journal, key_files, storage
from tasks.archive import copies, databases
from tasks.archive.envelope import Sealing, seal_keys
from tasks.settings import settings
from tasks.store import reading, transaction

LAST = "derniere-sauvegarde.json"
ASIDE = "avant-restauration"
LEFT_OUT = (
    "prefect",
    "journaux-techniques",
    "apercus",
    "serveur.json",
    "acces-prefect",
    LAST,
)  # made again, or not ours to keep


class Order(BaseModel):
    """A backup asked for: where, what seals the keys, how many days and copies are kept."""

    folder: Path
    sealing: Sealing = Sealing()
    by_code: bool = True  # someone reads the code that is shown when nothing else seals the keys
    keep_days: int | None = None
    keep_least: int = 7


class Done(BaseModel):
    """What a backup did; `code` opens the keys and is shown this once."""

    dossier: str
    copie: str
    faite_le: datetime
    fichiers: int
    octets: int
    manifeste_sha256: str
    journal_lignes: int
    cles: SealedBy
    code: str | None = None
    retirees: list[str] = []
    remarques: list[str] = []


def back_up(order: Order) -> Done:
    """Copy the home into a folder of backups; people go on working meanwhile."""
    folder = _folder(order.folder)
    now = datetime.now(UTC)
    name = now.strftime("%Y%m%dT%H%M%S%fZ")
    try:
        manifest, code = _copy(folder, name, now, order)
        raw = manifest.model_dump_json(indent=1).encode()
        with storage.whole(folder / copies.COPIES / name / copies.MANIFEST) as file:
            file.write(raw)  # the last thing written: a copy without it is no copy
    except OSError as error:
        raise Unavailable(
            f"Sauvegarde impossible dans {folder} : {error.strerror}. Rien n'est gardé de cet essai."
        ) from error
    removed = copies.prune(folder, now, order.keep_days, order.keep_least) if order.keep_days else []
    done = Done(
        dossier=str(folder),
        copie=name,
        faite_le=now,
        fichiers=len(manifest.fichiers),
        octets=manifest.bytes_of_all,
        manifeste_sha256=storage.sha256(raw),
        journal_lignes=manifest.journal.lignes,
        cles=manifest.cles.scellees_par,
        code=code,
        retirees=removed,
        remarques=manifest.remarques,
    )
    _note(done)
    return done


def _folder(given: Path) -> Path:
    folder = given.resolve()
    if folder == settings().home:
        raise BadInput("Le dossier des sauvegardes ne peut pas être celui des données.")
    try:
        (folder / copies.COPIES).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"Le dossier {folder} ne peut pas être écrit : {error.strerror}.") from error
    return folder


def _copy(folder: Path, name: str, now: datetime, order: Order) -> tuple[Manifest, str | None]:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".base-") as workshop:
        target = Path(workshop) / "base"
        found = databases.copy_to(target)
        base = KeptDatabase(
            moteur=found.engine,
            revision=found.revision,
            sha256=copies.keep(folder, target),
            octets=target.stat().st_size,
        )
    files = list(_files(folder))
    keys, code, remarks = _keys(folder / copies.COPIES / name, order)
    manifest = Manifest(
        copie=name,
        application=version("achats-ght"),
        faite_le=now,
        groupement=found.group,
        base=base,
        journal=found.journal,
        cles=keys,
        fichiers=files,
        remarques=[*remarks, *_missing(files)],
    )
    return manifest, code


def _files(folder: Path) -> Iterator[KeptFile]:
    """Keep every file of the home but the database, the keys and what is made again; unchanged ones are not read."""
    known = copies.known_files(folder)
    home = settings().home
    for path in sorted(listed(folder)):
        name = path.relative_to(home).as_posix()
        try:
            state = path.stat()
            same = known.get(name)
            unchanged = same and (same.octets, same.modifie_ns) == (state.st_size, state.st_mtime_ns)
            if unchanged and same and copies.file_of(folder, same.sha256).exists():
                yield same
                continue
            digest = copies.keep(folder, path)
        except FileNotFoundError:
            continue  # taken away meanwhile: the database of the copy may still name it, see `_missing`
        yield KeptFile(
            chemin=name,
            sha256=digest,
            octets=state.st_size,
            droits=state.st_mode & 0o777,
            modifie_ns=state.st_mtime_ns,
        )


def listed(folder: Path | None) -> Iterator[Path]:
    """Yield the files of the home that are kept: all but the database, the keys, what is made again, the backups."""
    home, keys = settings().home, set(key_files.of_home())
    for here, inner, files in os.walk(home):
        place = Path(here)
        if place == home:
            inner[:] = [one for one in inner if one not in LEFT_OUT and not one.startswith(ASIDE)]
            files = [one for one in files if one not in LEFT_OUT and not one.startswith(_database())]  # noqa: PLW2901
        inner[:] = [one for one in inner if (place / one).resolve() != folder]
        for path in (place / one for one in files):
            if path not in keys and not path.name.startswith(".") and path.is_file():
                yield path


def _database() -> str:
    """Return the beginning of the names of SQLite's own files in the home directory."""
    return "achats.sqlite"


def _keys(place: Path, order: Order) -> tuple[KeptKeys, str | None, list[str]]:
    remarks = []
    if settings().secret_key is not None:
        remarks.append(
            "La clé donnée par ACHATS_SECRET_KEY n'est pas dans cette sauvegarde : gardez-la ailleurs."
        )
    sealed = seal_keys(order.sealing, by_code=order.by_code)
    if sealed is None:
        remarks.append(
            "Les clés ne sont pas dans cette sauvegarde : donnez ACHATS_BACKUP_PUBLIC_KEY ou "
            "ACHATS_BACKUP_PASSPHRASE_FILE."
        )
        return KeptKeys(scellees_par=SealedBy.NOBODY), None, remarks
    if not sealed.content:
        return sealed.kept, None, remarks  # nothing was sealed in this home yet
    with storage.whole(place / copies.ENVELOPE, key_files.OWNER_ONLY) as file:
        file.write(sealed.content)
    return sealed.kept, sealed.code, remarks


def _missing(files: list[KeptFile]) -> list[str]:
    """Return a remark when documents of the register are not among the files, or not as they were registered."""
    kept = {one.chemin: one.sha256 for one in files}
    with reading() as session:
        rows = session.exec(select(Document.path, Document.sha256)).all()
    lost = [
        path for path, sha256 in rows if kept.get(path) not in (sha256, None) or not _is_there(path, kept)
    ]
    return (
        [f"Documents du registre absents ou altérés : {', '.join(lost[:5])} ({len(lost)} en tout)."]
        if lost
        else []
    )


def _is_there(path: str, kept: dict[str, str]) -> bool:
    return (
        path in kept or storage.resolve(path).exists()
    )  # made since the files were listed: the next copy has it


def _note(done: Done) -> None:
    """Write the backup in the journal, and its age where the pages read it."""
    said = (
        f"{done.fichiers} fichiers, {done.octets} octets, clés : {done.cles}, "
        f"manifeste sha256 {done.manifeste_sha256}"
    )
    with transaction() as session:
        entry = journal.Entry(fact=Fact.BACKUP, subject="sauvegarde", after=done.copie, reason=said)
        journal.write(session, entry)
    storage.write(LAST, done.model_dump_json(exclude={"code"}).encode())
