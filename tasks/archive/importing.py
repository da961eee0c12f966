"""Bringing an export into an empty home: same files, rows and hashes; nothing leaves before a person confirms."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy
from pydantic import BaseModel, ValidationError
from sqlmodel import Session, SQLModel

from models.archive.export import FORMAT, ExportManifest
from models.errors import BadInput
from models.journal import Fact, JournalLine
from tasks import journal, key_files, storage, store
from tasks.archive import databases, exporting, reborn, rows
from tasks.archive.envelope import Opening, open_keys
from tasks.store import transaction

CHUNK = 1 << 20
PROOFS = "origine"


class Imported(BaseModel):
    """What was brought in."""

    porte_sur: str
    tables: int
    lignes: int
    fichiers: int
    journal_lignes: int
    cles: list[str] = []
    remarques: list[str] = []


def bring_in(path: Path, opening: Opening) -> Imported:
    """Bring an export in, wholly or not at all; raises `BadInput` for a home that is not empty, an archive altered."""
    try:
        with path.open("rb") as file, exporting.opened(file) as archive:
            return _bring_in(archive, opening)
    except OSError as error:
        raise BadInput(f"Export {path} illisible : {error.strerror}.") from error


def _bring_in(archive: zipfile.ZipFile, opening: Opening) -> Imported:
    manifest = _manifest(archive)
    if not databases.is_empty():
        raise BadInput(
            "Un export n'entre que dans une installation vide : donnez un autre dossier (ACHATS_HOME)."
        )
    _check(archive, manifest)
    keys = _keys(archive, manifest, opening)
    store.engine()
    for one in manifest.fichiers:
        with storage.whole(storage.resolve(one.chemin)) as target:
            for piece in _pieces(archive, f"fichiers/{one.chemin}"):
                target.write(piece)
    for name in manifest.preuves:
        storage.write(f"{PROOFS}/{manifest.porte_sur}/{Path(name).name}", archive.read(name))
    for name, content in keys.items():
        with storage.whole(storage.resolve(name), key_files.OWNER_ONLY) as target:
            target.write(content)
    with transaction() as session:
        count = _put_rows(session, archive, manifest)
        lines = 0 if manifest.is_whole else _tell_again(session, archive, manifest)
        origin = reborn.Origin(
            name=f"export {manifest.porte_sur}", made_at=manifest.fait_le, journal=manifest.journal
        )
        reborn.enter(session, origin, None, [])
    return Imported(
        porte_sur=manifest.porte_sur,
        tables=len(manifest.tables),
        lignes=count,
        fichiers=len(manifest.fichiers),
        journal_lignes=manifest.journal.lignes if manifest.is_whole else lines,
        cles=sorted(keys),
        remarques=_remarks(manifest, keys),
    )


def _manifest(archive: zipfile.ZipFile) -> ExportManifest:
    try:
        found = ExportManifest.model_validate_json(archive.read(exporting.MANIFEST))
    except ValidationError as error:
        raise BadInput("Le manifeste de cet export ne se lit pas.") from error
    if found.format > FORMAT or not store.knows_revision(found.tables_revision):
        raise BadInput(
            f"Cet export vient d'une version plus récente ({found.application}) : mettez l'application à jour."
        )
    return found


def _check(archive: zipfile.ZipFile, manifest: ExportManifest) -> None:
    """Refuse an archive of which anything is missing or altered, before anything is written."""
    wanted = {f"fichiers/{one.chemin}": one.sha256 for one in manifest.fichiers} | manifest.preuves
    for name, table in manifest.tables.items():
        wanted |= {f"donnees/{name}.json": table.json_sha256, f"donnees/{name}.csv": table.csv_sha256}
    held = set(archive.namelist())
    for name, sha256 in wanted.items():
        if name not in held:
            raise BadInput(f"Export incomplet : {name} manque. Rien n'a été importé.")
        digest = hashlib.sha256()
        try:
            for piece in _pieces(archive, name):
                digest.update(piece)
        except (zipfile.BadZipFile, EOFError) as error:
            raise BadInput(f"Export altéré : {name} ne se lit pas. Rien n'a été importé.") from error
        if digest.hexdigest() != sha256:
            raise BadInput(f"Export altéré : {name} n'a pas l'empreinte du manifeste. Rien n'a été importé.")


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as file:
        while piece := file.read(CHUNK):
            yield piece


def _keys(archive: zipfile.ZipFile, manifest: ExportManifest, opening: Opening) -> dict[str, bytes]:
    given = opening.passphrase is not None or opening.private_key is not None
    if exporting.KEYS in archive.namelist() and given:
        return open_keys(archive.read(exporting.KEYS), opening)
    if manifest.is_whole and manifest.journal.lignes and manifest.est_signe:
        raise BadInput(
            "Le journal de ce groupement est signé : sans sa clé, rien ne s'écrit à sa suite. Exportez avec les clés "
            "(--phrase ou --cle-publique), et donnez de quoi les ouvrir (--phrase ou --cle-privee)."
        )
    return {}


def _put_rows(session: Session, archive: zipfile.ZipFile, manifest: ExportManifest) -> int:
    count = 0
    for kind in reversed(rows.classes().values()):
        session.execute(sqlalchemy.delete(kind))  # what the migrations put in an empty home
    for name, kind in rows.classes().items():
        if name not in manifest.tables:
            continue
        made = rows.maker(kind)
        for line in _lines(archive, f"donnees/{name}.json"):
            session.add(made(json.loads(line)))
            count += 1
            if count % rows.AT_ONCE == 0:
                session.flush()
                session.expunge_all()
        session.flush()
        session.expunge_all()
        _go_on_counting(session, kind)
    return count


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield the objects of a JSON array that has one object a line."""
    with archive.open(name) as file:
        for line in file:
            if (text := line.strip().rstrip(b",")) not in (b"[", b"]", b"[]"):
                yield text


def _go_on_counting(session: Session, kind: type[SQLModel]) -> None:
    """Have PostgreSQL number the next rows after those that came with their number."""
    table = rows.table_of(kind)
    column = table.autoincrement_column
    if column is None or session.get_bind().dialect.name != "postgresql":
        return
    name = f"'\"{table.name}\"', '{column.name}'"
    session.connection().execute(
        sqlalchemy.text(
            f'SELECT setval(pg_get_serial_sequence({name}), max("{column.name}")) '  # noqa: S608 (our own names)
            f'FROM "{table.name}" HAVING max("{column.name}") IS NOT NULL '
            f"AND pg_get_serial_sequence({name}) IS NOT NULL"
        )
    )


def _tell_again(session: Session, archive: zipfile.ZipFile, manifest: ExportManifest) -> int:
    """Write the lines of a purchase in the journal of this home, after one that says where they come from.

    The original lines, chained in the journal they come from, are kept as a file whose hash this line gives.
    """
    digest = manifest.preuves[exporting.JOURNAL]
    said = (
        f"journal d'origine : {manifest.journal.lignes} lignes, empreinte {manifest.journal.empreinte} ; "
        f"lignes de l'achat : sha256 {digest}"
    )
    entry = journal.Entry(fact=Fact.IMPORT, subject="export", after=manifest.porte_sur, reason=said)
    journal.write(session, entry)
    count = 0
    for line in archive.read(exporting.JOURNAL).splitlines():
        found = JournalLine.model_validate(json.loads(line))
        told = journal.Entry.model_validate(found.model_dump(include=set(journal.Entry.model_fields)))
        journal.write(session, told, found.at)
        count += 1
    return count


def _remarks(manifest: ExportManifest, keys: dict[str, bytes]) -> list[str]:
    remarks = list(manifest.remarques)
    if manifest.cles.value != "absentes" and not keys:
        remarks.append("Clés non ouvertes : les plis et les secrets scellés par le serveur resteront fermés.")
    remarks.append("Rien ne part avant : achats restaurer confirmer --par COURRIEL.")
    return remarks
