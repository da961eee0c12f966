"""Opening a Word file made by someone else: sizes, parts and links are checked before anything is parsed."""

import io
import re
import zipfile
from typing import Final
from xml.parsers import expat

from models.errors import Refused

MOST_BYTES: Final = 20_000_000
MOST_ENTRIES: Final = 500
MOST_UNPACKED: Final = 60_000_000
MOST_RATIO: Final = 150
SMALL: Final = 100_000
CHUNK: Final = 65_536

FORBIDDEN_PARTS: Final = (
    (re.compile(r"vbaProject|vbaData|macrosheets", re.IGNORECASE), "macros"),
    (re.compile(r"/embeddings/|/activeX/|oleObject", re.IGNORECASE), "objet incorporé (OLE, ActiveX)"),
    (re.compile(r"/afchunk|altChunk", re.IGNORECASE), "contenu importé (altChunk)"),
    (re.compile(r"attachedToolbars|customUI", re.IGNORECASE), "barre d'outils ou ruban"),
)
FORBIDDEN_TYPES: Final = (
    (b"macroEnabled", "macros"),
    (b"ms-office.vbaProject", "macros"),
    (b"oleObject", "objet incorporé (OLE, ActiveX)"),
    (b"activeX", "objet incorporé (OLE, ActiveX)"),
)
FORBIDDEN_RELATIONS: Final = (
    (re.compile(rb"/relationships/attachedTemplate"), "modèle attaché (attachedTemplate)"),
    (re.compile(rb"/relationships/(?:oleObject|package|control)"), "objet incorporé (OLE, ActiveX)"),
    (re.compile(rb"/relationships/aFChunk"), "contenu importé (altChunk)"),
    (re.compile(rb"/relationships/(?:frame|subDocument|mailMergeSource)"), "document lié"),
)
LINK: Final = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
EXTERNAL: Final = re.compile(rb"""TargetMode\s*=\s*["']External["']""")
HYPERLINK: Final = re.compile(rb"/relationships/hyperlink")
SAFE_TARGET: Final = re.compile(rb"""Target\s*=\s*["'](?:https?://|mailto:)""")
FIELDS: Final = re.compile(r"\b(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|AUTOTEXT|MACROBUTTON)\b")
INSTRUCTION: Final = re.compile(rb"<w:instrText[^>]*>(.*?)</w:instrText>|w:instr=\"([^\"]*)\"", re.DOTALL)


def read_safely(content: bytes) -> dict[str, bytes]:
    """Return the parts of a Word file by name, in their order, or raise `Refused` that names every danger.

    Sizes are refused on what the archive declares, then on what really comes out.
    """
    if len(content) > MOST_BYTES:
        raise Refused(
            f"fichier trop gros ({len(content) // 1_000_000} Mo, {MOST_BYTES // 1_000_000} Mo au plus)"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_sizes(archive)
            parts = {entry.filename: _read(archive, entry) for entry in archive.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError) as error:
        raise Refused("ce fichier n'est pas un document Word (.docx) lisible") from error
    if "[Content_Types].xml" not in parts or "word/document.xml" not in parts:
        raise Refused("ce fichier n'est pas un document Word (.docx)")
    if dangers := sorted(_dangers(parts)):
        raise Refused("fichier refusé, il contient : " + ", ".join(dangers))
    return parts


def _check_sizes(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES:
        raise Refused(f"archive suspecte : {len(entries)} fichiers ({MOST_ENTRIES} au plus)")
    if len({entry.filename for entry in entries}) < len(entries):
        raise Refused("archive suspecte : un même nom y figure deux fois")
    bomb = any(e.file_size > SMALL and e.file_size > MOST_RATIO * max(e.compress_size, 1) for e in entries)
    if unpacked > MOST_UNPACKED or bomb:
        raise Refused("archive suspecte : elle se déploierait en un volume démesuré (bombe de décompression)")
    if any(name.startswith(("/", "\\")) or ".." in name.split("/") for name in archive.namelist()):
        raise Refused("archive suspecte : chemin interdit")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read one entry by pieces; stop as soon as it gives more than it declared."""
    pieces, total = [], 0
    with archive.open(entry) as source:
        while piece := source.read(CHUNK):
            total += len(piece)
            if total > entry.file_size:
                raise Refused(
                    "archive suspecte : elle se déploierait en un volume démesuré (bombe de décompression)"
                )
            pieces.append(piece)
    return b"".join(pieces)


def _dangers(parts: dict[str, bytes]) -> set[str]:
    found = {reason for name in parts for pattern, reason in FORBIDDEN_PARTS if pattern.search(name)}
    types = parts["[Content_Types].xml"]
    found |= {reason for sign, reason in FORBIDDEN_TYPES if sign in types}
    for name, content in parts.items():
        if name.endswith(".rels"):
            found |= _link_dangers(content)
        if name.endswith((".xml", ".rels")):
            found |= _xml_dangers(content)
    return found


def _link_dangers(content: bytes) -> set[str]:
    found = {reason for pattern, reason in FORBIDDEN_RELATIONS if pattern.search(content)}
    for link in LINK.findall(content):
        web = HYPERLINK.search(link) and SAFE_TARGET.search(link)
        if EXTERNAL.search(link) and not web:
            found.add("lien externe")
    return found


def _xml_dangers(content: bytes) -> set[str]:
    """Return what is wrong in one XML part: a DTD, a field that runs or fetches, XML that cannot be read."""
    found: set[str] = set()
    instructions = b" ".join(b"".join(pair) for pair in INSTRUCTION.findall(content)).decode(
        "utf-8", "replace"
    )
    if field := FIELDS.search(instructions):
        found.add(f"champ {field[1]}")
    if b"<w:altChunk" in content:
        found.add("contenu importé (altChunk)")
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: found.add("déclaration de type de document (DTD)")
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        found.add("XML illisible")
    return found


def _refuse_entity(*_: object) -> None:
    raise Refused("fichier refusé, il contient : déclaration de type de document (DTD)")
