"""The message of a SEDA 2.3 transfer: files, units of description, rules of retention.

SEDA 2.3, namespace fr:gouv:culture:archivesdefrance:seda:v2.3 (Service interministériel des Archives de France).
"""

import mimetypes
from datetime import UTC, date, datetime
from pathlib import Path

from lxml import etree
from pydantic import BaseModel
from sqlmodel import Session

from models.archive.keeping import Clock, Part
from models.organisation.group import Group
from models.process.procurement import Procurement
from tasks import storage
from tasks.organisation import people
from tasks.settings import settings

SEDA = "fr:gouv:culture:archivesdefrance:seda:v2.3"
CONTENT = "content"
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


def message(
    session: Session,
    procurement: Procurement,
    pieces: dict[Part, list[Piece]],
    proofs: list[Piece],
    clocks: dict[Part, Clock],
) -> etree._Element:
    """Return the `ArchiveTransfer` of a purchase."""
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
