"""Everything of a purchase or of the group in one archive: files, rows as JSON and CSV with their schema, journal."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

from pydantic import BaseModel
from sqlmodel import Session, SQLModel, select

from models.archive.export import EVERYTHING, ExportedFile, ExportedTable, ExportManifest
from models.archive.manifest import JournalEnd, SealedBy
from models.errors import BadInput, Unavailable
from models.journal import JournalHead
from models.organisation.group import Group
from models.outbox import Message
from models.process.procurement import Document, Procurement
from tasks import storage, store
from tasks.archive import backup, rows
from tasks.archive.envelope import Sealing, seal_keys
from tasks.ledger import line_keys
from tasks.outgoing import mail
from tasks.process import anchors
from tasks.settings import settings

MANIFEST, SCHEMA, READ_ME, KEYS = "manifeste.json", "schema.json", "LISEZMOI.txt", "cles.scellees.json"
JOURNAL, ANCHOR = "preuves/journal.jsonl", "preuves/ancre.json"
SAID = """Export d'achats-ght : {what}, fait le {day:%d/%m/%Y}.

manifeste.json   ce que l'archive contient, l'empreinte SHA-256 de chaque fichier, la fin du journal
schema.json      le schéma JSON de chaque table, sa clé et ses renvois
donnees/         chaque table en JSON (un objet par ligne) et en CSV (point-virgule, UTF-8 avec marque d'ordre)
fichiers/        les documents, publications et messages, sous leur nom d'origine
preuves/         les lignes du journal, chacune avec l'empreinte de la précédente, et l'ancre du moment de l'export
cles.scellees.json   si elle est là : les clés, sous l'enveloppe que le manifeste nomme

Les montants sont en euros, écrits en texte ; les instants portent leur décalage. Les plis non ouverts restent
scellés : il faut les parts des personnes, ou les clés.
Remettre cet export dans une installation vide : achats importer export FICHIER.
"""


class Exported(BaseModel):
    """What an export holds."""

    fichier: str
    porte_sur: str
    tables: int
    lignes: int
    fichiers: int
    octets: int
    sha256: str
    cles: SealedBy
    remarques: list[str] = []


class Entry(BaseModel):
    """An entry of the archive just written."""

    sha256: str
    octets: int
    lignes: int = 0


def export(what: str, target: Path, sealing: Sealing) -> Exported:
    """Write the export of a purchase, or of the whole group for « TOUT »; one moment of the database is read."""
    if not target.parent.is_dir():
        raise BadInput(f"--sortie : le dossier {target.parent} n'existe pas.")
    try:
        with storage.whole(target, 0o600) as file, store.snapshot() as session:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
                manifest = _write(archive, session, what, sealing)
            file.flush()
    except OSError as error:
        raise BadInput(f"--sortie : écriture impossible de {target} ({error.strerror}).") from error
    return Exported(
        fichier=str(target),
        porte_sur=what,
        tables=len(manifest.tables),
        lignes=sum(one.lignes for one in manifest.tables.values()),
        fichiers=len(manifest.fichiers),
        octets=target.stat().st_size,
        sha256=hashlib.sha256(target.read_bytes()).hexdigest(),
        cles=manifest.cles,
        remarques=manifest.remarques,
    )


def _write(archive: zipfile.ZipFile, session: Session, what: str, sealing: Sealing) -> ExportManifest:
    is_whole = what == EVERYTHING
    if not is_whole and session.get(Procurement, what) is None:
        raise BadInput(
            f"Achat inconnu : {what} (liste : achats statut ; « {EVERYTHING} » pour le groupement)."
        )
    head, group = session.get(JournalHead, 1) or JournalHead(), session.get(Group, 1)
    manifest = ExportManifest(
        porte_sur=what,
        groupement=group.code if group else "",
        application=version("achats-ght"),
        tables_revision=store.newest_revision(),
        fait_le=datetime.now(UTC),
        journal=JournalEnd(lignes=head.seq, empreinte=head.hash),
        est_signe=line_keys.public_key() is not None,
    )
    known = rows.classes()
    kept = None if is_whole else rows.of_purchase(session, what)
    names = known if kept is None else {name: known[name] for name in kept}
    for name, kind in names.items():
        manifest.tables[name] = _table(archive, session, name, kind, kept)
    lost = list[str]()
    for path, content in _files(session, what, lost):
        entry = _put(archive, f"fichiers/{path}", [content])
        manifest.fichiers.append(ExportedFile(chemin=path, sha256=entry.sha256, octets=entry.octets))
    if lost:
        manifest.remarques.append(
            f"Fichiers du registre introuvables : {', '.join(lost[:5])} ({len(lost)} en tout)."
        )
    _finish(archive, session, manifest, sealing, names)
    return manifest


def _finish(
    archive: zipfile.ZipFile,
    session: Session,
    manifest: ExportManifest,
    sealing: Sealing,
    names: dict[str, type[SQLModel]],
) -> None:
    """Write what goes with the rows and the files: proofs, schema, keys, and the manifest, the last of all."""
    manifest.preuves = _proofs(archive, session, None if manifest.is_whole else manifest.porte_sur)
    _put(archive, SCHEMA, [json.dumps(rows.schema(names), ensure_ascii=False, indent=1).encode()])
    if sealed := seal_keys(sealing, by_code=False):
        manifest.cles = sealed.kept.scellees_par
        if sealed.content:
            _put(archive, KEYS, [sealed.content])
    else:
        manifest.remarques.append(
            "Les clés ne sont pas dans l'export (--phrase ou --cle-publique les y mettent)."
        )
    said = "tout le groupement" if manifest.is_whole else f"l'achat {manifest.porte_sur}"
    _put(archive, READ_ME, [SAID.format(what=said, day=manifest.fait_le).encode()])
    _put(archive, MANIFEST, [manifest.model_dump_json(indent=1).encode()])


def _put(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> Entry:
    """Write an entry by pieces and return its hash."""
    digest, size, count = hashlib.sha256(), 0, 0
    with archive.open(name, "w", force_zip64=True) as file:
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            size, count = size + len(piece), count + 1
    return Entry(sha256=digest.hexdigest(), octets=size, lignes=count)


def _table(
    archive: zipfile.ZipFile, session: Session, name: str, kind: type[SQLModel], kept: rows.Kept | None
) -> ExportedTable:
    def found() -> Iterator[SQLModel]:
        return rows.every(session, kind) if kept is None else iter(kept[name].values())

    as_json = _put(archive, f"donnees/{name}.json", _array(found()))
    as_csv = _put(archive, f"donnees/{name}.csv", _csv(kind, found()))
    return ExportedTable(lignes=as_csv.lignes - 1, json_sha256=as_json.sha256, csv_sha256=as_csv.sha256)


def _array(found: Iterable[SQLModel]) -> Iterator[bytes]:
    """Yield a JSON array with one object a line."""
    opening = "[\n"
    for row in found:
        yield f"{opening}{rows.as_json(row)}".encode()
        opening = ",\n"
    yield b"[]\n" if opening == "[\n" else b"\n]\n"


def _csv(kind: type[SQLModel], found: Iterable[SQLModel]) -> Iterator[bytes]:
    def line(cells: list[str], mark: str = "") -> bytes:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerow(cells)
        return f"{mark}{buffer.getvalue()}".encode()

    yield line(rows.columns(kind), "\ufeff")
    for row in found:
        yield line(rows.cells(row))


def _files(session: Session, what: str, lost: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the export: all those of the home, or those that a purchase made, published and sent.

    A file that the register names and that is gone is added to `lost`: it is said, and the rest goes out all the same.
    """
    if what == EVERYTHING:
        paths = {path.relative_to(settings().home).as_posix() for path in backup.listed(None)}
        paths |= set(session.exec(select(Document.path)))
    else:
        paths = set(session.exec(select(Document.path).where(Document.ref == what)))
        folder = settings().home / "publications" / what
        paths |= {
            path.relative_to(settings().home).as_posix() for path in folder.rglob("*") if path.is_file()
        }
        sent = session.exec(select(Message).where(Message.ref == what)).all()
        paths |= {name for one in sent if storage.resolve(name := mail.eml_path(one)).exists()}
    for path in sorted(paths):
        try:
            yield path, storage.read(path)
        except Unavailable:
            lost.append(path)


def _proofs(archive: zipfile.ZipFile, session: Session, ref: str | None) -> dict[str, str]:
    lines = anchors.exported(session) if ref is None else anchors.exported(session, ref)
    journal = _put(archive, JOURNAL, (f"{line}\n".encode() for line in lines))
    anchor = _put(archive, ANCHOR, [anchors.present(session).model_dump_json(indent=1).encode()])
    return {JOURNAL: journal.sha256, ANCHOR: anchor.sha256}


def opened(file: IO[bytes]) -> zipfile.ZipFile:
    """Return the archive of a file, or refuse one that is not an export."""
    try:
        archive = zipfile.ZipFile(file)
        archive.getinfo(MANIFEST)
    except (zipfile.BadZipFile, KeyError) as error:
        raise BadInput("Ce fichier n'est pas un export de l'application.") from error
    return archive
