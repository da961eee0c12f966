"""A purchase as a SEDA 2.3 transfer: `manifest.xml` and its files, with the clock of retention of each part."""

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree
from pydantic import BaseModel
from sqlmodel import Session, select

from models.archive.keeping import Clock, Part, part_of
from models.errors import BadInput
from models.process.procurement import Document, Procurement, Tender
from models.signing.signatures import Signature
from tasks import storage, store
from tasks.archive import keeping
from tasks.archive.seda_message import Piece, message
from tasks.archive.seda_schema import faults
from tasks.process import anchors
from tasks.settings import settings
from tasks.signing import pades

MANIFEST = "manifest.xml"


class Transferred(BaseModel):
    """What the transfer holds, and whether the schema agreed (None: no schema at hand)."""

    fichier: str
    ref: str
    fichiers: int
    octets: int
    valide: bool | None
    remarques: list[str] = []


def transfer(ref: str, target: Path) -> Transferred:
    """Write the transfer of a purchase; one that the schema refuses is not written."""
    with store.snapshot() as session:
        procurement = session.get(Procurement, ref)
        if procurement is None:
            raise BadInput(f"Achat inconnu : {ref} (un transfert SEDA porte sur un achat).")
        pieces = {part: list(_documents(session, ref, part)) for part in Part}
        pieces[Part.PROCEDURE] += list(_tenders(session, ref))
        proofs = list(_proofs(session, ref, [one for found in pieces.values() for one in found]))
        clocks = {one.partie: one for one in keeping.clocks(session, procurement)}
        root = message(session, procurement, pieces, proofs, clocks)
    raw = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    found = faults(raw)
    if found:
        raise BadInput(f"Le transfert ne suit pas le schéma SEDA 2.3 : {found[0]}.")
    every = [*pieces[Part.PROCEDURE], *pieces[Part.CONTRACT], *proofs]
    _write(target, raw, every)
    return Transferred(
        fichier=str(target),
        ref=ref,
        fichiers=len(every),
        octets=target.stat().st_size,
        valide=None if found is None else True,
        remarques=_remarks(clocks, is_checked=found is not None),
    )


def _write(target: Path, manifest: bytes, pieces: list[Piece]) -> None:
    if not target.parent.is_dir():
        raise BadInput(f"--sortie : le dossier {target.parent} n'existe pas.")
    try:
        with (
            storage.whole(target, 0o600) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            archive.writestr(MANIFEST, manifest)
            for piece in pieces:
                archive.writestr(piece.uri, piece.content)
    except OSError as error:
        raise BadInput(f"--sortie : écriture impossible de {target} ({error.strerror}).") from error


def _remarks(clocks: dict[Part, Clock], *, is_checked: bool) -> list[str]:
    remarks = [
        f"{one.partie.label} : la durée de conservation ne court pas encore ({one.article})."
        for one in clocks.values()
        if one.depuis is None
    ]
    if not is_checked:
        remarks.append("Schéma non vérifié : donnez ACHATS_SEDA_SCHEMA (seda-2.3-main.xsd).")
    if settings().archival_agency is None:
        remarks.append("Service d'archives à nommer : ACHATS_ARCHIVAL_AGENCY.")
    return remarks


def _documents(session: Session, ref: str, part: Part) -> Iterator[Piece]:
    for row in session.exec(select(Document).where(Document.ref == ref).order_by(Document.id)):  # type: ignore[arg-type]
        if part_of(row.kind) is part:
            content = storage.read(row.path)
            if storage.sha256(content) != row.sha256:
                raise BadInput(f"{row.path} n'est plus le fichier qui a été enregistré : rien n'est versé.")
            yield Piece(
                id=f"D{row.id}",
                name=Path(row.path).name,
                title=row.title,
                kind=row.kind,
                content=content,
                made_at=row.created_at,
                version=row.version,
                is_signed=row.path.endswith(".pdf") and bool(pades.verify(content)),
            )


def _tenders(session: Session, ref: str) -> Iterator[Piece]:
    for row in session.exec(select(Tender).where(Tender.ref == ref).order_by(Tender.id)):  # type: ignore[arg-type]
        content = json.dumps(row.content, ensure_ascii=False, indent=1, sort_keys=True).encode()
        yield Piece(
            id=f"O{row.number}",
            name=f"offre-{row.number}.json",
            title=f"Offre {row.number}, {row.supplier}"
            + (" (hors délai, non ouverte)" if row.is_late else ""),
            kind="offre",
            content=content,
            made_at=row.received_at,
        )


def _proofs(session: Session, ref: str, pieces: list[Piece]) -> Iterator[Piece]:
    """Yield the report of every signature, and the lines of the journal."""
    now = datetime.now(UTC)
    rows = session.exec(select(Signature).where(Signature.ref == ref).order_by(Signature.id)).all()  # type: ignore[arg-type]
    report = {
        "signatures": [one.model_dump(mode="json") for one in rows],
        "pdf": [
            {"fichier": one.uri, "signatures": [s.model_dump(mode="json") for s in pades.verify(one.content)]}
            for one in pieces
            if one.is_signed
        ],
    }
    content = json.dumps(report, ensure_ascii=False, indent=1).encode()
    yield Piece(
        id="P1",
        name="signatures.json",
        title="Rapport des signatures",
        kind="rapport_signature",
        content=content,
        made_at=now,
    )
    lines = "".join(f"{line}\n" for line in anchors.exported(session, ref)).encode()
    yield Piece(
        id="P2", name="journal.jsonl", title="Journal de l'achat", kind="journal", content=lines, made_at=now
    )
