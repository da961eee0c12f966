"""A purchase as a SEDA 2.3 transfer: `manifest.xml` and its files, with the clock of retention of each part.

SEDA 2.3, namespace fr:gouv:culture:archivesdefrance:seda:v2.3 (Service interministériel des Archives de France).
"""

import json
import mimetypes
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from lxml import etree
from pydantic import BaseModel
from sqlmodel import Session, select

from models.archive.keeping import Clock, Part, part_of
from models.errors import BadInput
from models.organisation.group import Group
from models.process.procurement import Document, Procurement, Tender
from models.signing.signatures import Signature
from tasks import storage, store
from tasks.archive import keeping
from tasks.archive.seda_schema import faults
from tasks.organisation import people
from tasks.process import anchors
from tasks.settings import settings
from tasks.signing import pades

SEDA = "fr:gouv:culture:archivesdefrance:seda:v2.3"
MANIFEST, CONTENT = "manifest.xml", "content"
FORMATS = {
    ".docx": "fmt/412",
    ".xlsx": "fmt/214",
    ".zip": "x-fmt/263",
    ".json": "fmt/817",
}  # PRONOM, when certain
RULES = {Part.PROCEDURE: "CCP-R2184-12", Part.CONTRACT: "CCP-R2184-13"}
PROOFS = "Preuves et journal"


class Piece(BaseModel):
    """A file of the transfer: its identifier, place, bytes, and what is said of it."""

    id: str
    name: str
    title: str
    kind: str
    content: bytes
    made_at: datetime
    version: int = 1
    is_signed: bool = False

    @property
    def uri(self) -> str:
        """Return where the file is in the archive."""
        return f"{CONTENT}/{self.id}{Path(self.name).suffix}"


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
        root = _message(session, procurement, pieces, proofs, clocks)
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


def _message(
    session: Session,
    procurement: Procurement,
    pieces: dict[Part, list[Piece]],
    proofs: list[Piece],
    clocks: dict[Part, Clock],
) -> etree._Element:
    group, support = session.get_one(Group, 1), people.support(session)
    now = datetime.now(UTC)
    root = etree.Element(f"{{{SEDA}}}ArchiveTransfer", nsmap={None: SEDA})
    _add(root, "Comment", f"Achat {procurement.ref} de {group.name}")
    _add(root, "Date", now.isoformat(timespec="seconds"))
    _add(root, "MessageIdentifier", f"{group.code}-{procurement.ref}-{now:%Y%m%dT%H%M%SZ}")
    if settings().archival_agreement:
        _add(root, "ArchivalAgreement", settings().archival_agreement)
    lists = _add(root, "CodeListVersions")
    _add(lists, "MessageDigestAlgorithmCodeListVersion", "SHA-256")
    _add(lists, "MimeTypeCodeListVersion", "IANA")
    _add(lists, "FileFormatCodeListVersion", "PRONOM")
    package = _add(root, "DataObjectPackage")
    for piece in [*pieces[Part.PROCEDURE], *pieces[Part.CONTRACT], *proofs]:
        _object(package, piece)
    _units(_add(package, "DescriptiveMetadata"), procurement, pieces, proofs, clocks)
    management = _add(package, "ManagementMetadata")
    _add(management, "LegalStatus", "Public Archive")
    _add(management, "OriginatingAgencyIdentifier", support.siret)
    _add(management, "SubmissionAgencyIdentifier", support.siret)
    _add(management, "NeedAuthorization", "true")
    _add(_add(root, "ArchivalAgency"), "Identifier", settings().archival_agency or "A-COMPLETER")
    _add(_add(root, "TransferringAgency"), "Identifier", support.siret)
    return root


def _object(package: etree._Element, piece: Piece) -> None:
    group = _add(package, "DataObjectGroup", id=f"G{piece.id}")
    found = _add(group, "BinaryDataObject", id=f"B{piece.id}")
    _add(found, "DataObjectVersion", "BinaryMaster_1")
    _add(found, "Uri", piece.uri)
    _add(found, "MessageDigest", storage.sha256(piece.content), algorithm="SHA-256")
    _add(found, "Size", str(max(len(piece.content), 1)))
    format_of = _add(found, "FormatIdentification")
    _add(format_of, "MimeType", mimetypes.guess_type(piece.name)[0] or "application/octet-stream")
    if known := FORMATS.get(Path(piece.name).suffix):
        _add(format_of, "FormatId", known)
    info = _add(found, "FileInfo")
    _add(info, "Filename", piece.name)
    _add(info, "LastModified", piece.made_at.isoformat(timespec="seconds"))


def _units(
    parent: etree._Element,
    procurement: Procurement,
    pieces: dict[Part, list[Piece]],
    proofs: list[Piece],
    clocks: dict[Part, Clock],
) -> None:
    purchase = _add(parent, "ArchiveUnit", id="U0")
    content = _add(purchase, "Content")
    _add(content, "DescriptionLevel", "RecordGrp")
    _add(content, "Title", procurement.title)
    _add(content, "OriginatingSystemId", procurement.ref)
    _add(
        content,
        "Description",
        f"CPV {procurement.cpv}, {procurement.nature}, {procurement.amount_ht} EUR HT estimés",
    )
    _add(content, "StartDate", procurement.opened_at.date().isoformat())
    if procurement.notified_on:
        _add(content, "EndDate", procurement.notified_on.isoformat())
    for rank, part in enumerate(Part, 1):
        unit = _group(purchase, f"U{rank}", part.label, clocks[part])
        for piece in pieces[part]:
            _item(unit, piece)
    unit = _group(purchase, f"U{len(Part) + 1}", PROOFS, clocks[Part.CONTRACT])
    for piece in proofs:
        _item(unit, piece)


def _group(parent: etree._Element, name: str, title: str, kept: Clock) -> etree._Element:
    unit = _add(parent, "ArchiveUnit", id=name)
    rule = _add(_add(unit, "Management"), "AppraisalRule")
    years = f"-{kept.annees}-ANS" if kept.annees else ""
    _add(rule, "Rule", f"{RULES[kept.partie]}{years}")
    if kept.depuis:
        _add(rule, "StartDate", _day(kept.depuis))
    _add(rule, "FinalAction", "Destroy")
    content = _add(unit, "Content")
    _add(content, "DescriptionLevel", "File")
    _add(content, "Title", title)
    if kept.jusqu_au:
        _add(content, "Description", f"À conserver jusqu'au {kept.jusqu_au:%d/%m/%Y} ({kept.article})")
    return unit


def _day(on: date) -> str:
    return on.isoformat()


def _item(parent: etree._Element, piece: Piece) -> None:
    unit = _add(parent, "ArchiveUnit", id=f"U{piece.id}")
    content = _add(unit, "Content")
    _add(content, "DescriptionLevel", "Item")
    _add(content, "Title", piece.title)
    _add(content, "DocumentType", piece.kind)
    _add(content, "Version", str(piece.version))
    _add(content, "CreatedDate", piece.made_at.isoformat(timespec="seconds"))
    if piece.is_signed:
        role = _add(content, "SigningInformation")
        _add(role, "SigningRole", "SignedDocument")
        _add(role, "SigningRole", "Signature")
    _add(_add(unit, "DataObjectReference"), "DataObjectGroupReferenceId", f"G{piece.id}")


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    found = etree.SubElement(parent, f"{{{SEDA}}}{name}", attributes)
    found.text = text
    return found
