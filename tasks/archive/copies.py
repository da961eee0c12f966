"""A folder of backups: files by their hash, shared by the copies; each copy a manifest. Copies grow old and go."""

import hashlib
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from models.archive.manifest import FORMAT, KeptFile, Manifest
from models.errors import BadInput, Unavailable
from tasks import storage

COPIES, FILES = "copies", "fichiers"
MANIFEST, ENVELOPE = "manifeste.json", "cles.scellees.json"
CHUNK = 1 << 20


def file_of(folder: Path, sha256: str) -> Path:
    """Return where a file of that hash is in a folder of backups."""
    return folder / FILES / sha256[:2] / sha256


def keep(folder: Path, source: Path) -> str:
    """Keep the content of a file under its hash, once; return the hash."""
    digest = digest_of(source)
    target = file_of(folder, digest)
    if not target.exists() or target.stat().st_size != source.stat().st_size:
        with storage.whole(target) as file, source.open("rb") as content:
            shutil.copyfileobj(content, file, CHUNK)
    return digest


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, read by pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def names(folder: Path) -> list[str]:
    """Return the whole copies of a folder, the oldest first."""
    return sorted(path.parent.name for path in (folder / COPIES).glob(f"*/{MANIFEST}"))


def load(folder: Path, name: str | None = None) -> Manifest:
    """Return the manifest of a copy, of the newest when none is named."""
    known = names(folder)
    if not known:
        raise BadInput(f"{folder} ne contient aucune sauvegarde.")
    chosen = name or known[-1]
    if chosen not in known:
        raise BadInput(f"Sauvegarde « {chosen} » inconnue dans {folder} : {', '.join(known[-10:])}.")
    try:
        raw = (folder / COPIES / chosen / MANIFEST).read_bytes()
        found = Manifest.model_validate_json(raw)
    except (OSError, ValidationError) as error:
        raise BadInput(f"Le manifeste de {chosen} ne se lit pas.") from error
    if found.format > FORMAT:
        raise BadInput(
            f"{chosen} vient d'une version plus récente de l'application : mettez-la à jour d'abord."
        )
    return found


def verify(folder: Path, manifest: Manifest) -> list[str]:
    """Return what is missing or altered in a copy, in French; empty when it is whole."""
    wanted = [("base", manifest.base.sha256)] + [(one.chemin, one.sha256) for one in manifest.fichiers]
    faults = [fault for name, sha256 in wanted if (fault := _fault(file_of(folder, sha256), sha256, name))]
    if manifest.cles.sha256:
        envelope = folder / COPIES / manifest.copie / ENVELOPE
        faults += [one for one in [_fault(envelope, manifest.cles.sha256, "enveloppe des clés")] if one]
    return faults


def _fault(path: Path, sha256: str, name: str) -> str:
    try:
        return "" if digest_of(path) == sha256 else f"{name} : contenu altéré"
    except OSError:
        return f"{name} : fichier absent ou illisible"


def refuse_altered(folder: Path, manifest: Manifest) -> None:
    """Refuse a copy of which anything is missing or altered."""
    if faults := verify(folder, manifest):
        more = f" (et {len(faults) - 3} autres)" if len(faults) > 3 else ""
        raise Unavailable(
            f"La sauvegarde {manifest.copie} n'est pas entière : {' ; '.join(faults[:3])}{more}."
        )


def known_files(folder: Path) -> dict[str, KeptFile]:
    """Return the files of the newest copy by path: one that has not changed since is not read again."""
    known = names(folder)
    return {one.chemin: one for one in load(folder, known[-1]).fichiers} if known else {}


def prune(folder: Path, now: datetime, days: int, least: int) -> list[str]:
    """Take away the copies older than some days, but never the last ones; return the names of those that went.

    The files that no copy names any more go with them.
    """
    known = names(folder)
    old = [
        name
        for name in known[: max(len(known) - least, 0)]
        if load(folder, name).faite_le < now - timedelta(days=days)
    ]
    for name in old:
        shutil.rmtree(folder / COPIES / name)
    if old:
        _forget_unnamed(folder)
    return old


def _forget_unnamed(folder: Path) -> None:
    named = set()
    for name in names(folder):
        manifest = load(folder, name)
        named |= {manifest.base.sha256, *(one.sha256 for one in manifest.fichiers)}
    for path in (folder / FILES).glob("*/*"):
        if path.name not in named:
            path.unlink(missing_ok=True)
