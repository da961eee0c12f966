"""Opening a Word file made by someone else: sizes, parts and links are checked before anything is parsed."""

import io
import zipfile
from collections.abc import Iterator
from typing import Final

from models.errors import Refused
from tasks.documents import docx_xml
from tasks.documents.docx_allowed import MAIN, SIGNATURES, TYPES

MOST_BYTES: Final = 20_000_000
MOST_ENTRIES: Final = 500
MOST_UNPACKED: Final = 60_000_000
MOST_RATIO: Final = 150
SMALL: Final = 100_000
CHUNK: Final = 65_536
MOST_NAMED: Final = 8
SIGNATURE_BYTES: Final = 16


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
    check_parts(parts)
    return parts


def check_parts(parts: dict[str, bytes]) -> None:
    """Refuse the parts of a Word file that hold anything but what `docx_allowed` lists; every danger is named."""
    if TYPES not in parts or MAIN not in parts:
        raise Refused("ce fichier n'est pas un document Word (.docx)")
    if dangers := sorted(set(_dangers(parts))):
        more = f" et {len(dangers) - MOST_NAMED} autres" if len(dangers) > MOST_NAMED else ""
        raise Refused("fichier refusé, il contient : " + ", ".join(dangers[:MOST_NAMED]) + more)


def check_made(content: bytes) -> None:
    """Refuse a document just made of a foreign template when filling it brought what the check keeps out."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        check_parts({entry.filename: archive.read(entry) for entry in archive.infolist()})


def _check_sizes(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES:
        raise Refused(f"archive suspecte : {len(entries)} fichiers ({MOST_ENTRIES} au plus)")
    if len({entry.filename.casefold() for entry in entries}) < len(entries):
        raise Refused("archive suspecte : un même nom y figure deux fois")
    bomb = any(e.file_size > SMALL and e.file_size > MOST_RATIO * max(e.compress_size, 1) for e in entries)
    if unpacked > MOST_UNPACKED or bomb:
        raise Refused("archive suspecte : elle se déploierait en un volume démesuré (bombe de décompression)")
    if any(entry.orig_filename != entry.filename for entry in entries):
        raise Refused("archive suspecte : nom interdit")
    if any(name.startswith("/") or "\\" in name or ".." in name.split("/") for name in archive.namelist()):
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


def _dangers(parts: dict[str, bytes]) -> Iterator[str]:
    for name, content in parts.items():
        if reason := docx_xml.part_name_danger(name):
            yield reason
        elif name.endswith((".xml", ".rels")):
            yield from _xml_dangers(name, content, set(parts))
        elif not name.endswith("/"):
            kind = name.rpartition(".")[2]
            if not content[:SIGNATURE_BYTES].startswith(SIGNATURES[kind]):
                yield f"image qui n'est pas du {kind.upper()} ({name})"


def _xml_dangers(name: str, content: bytes, parts: set[str]) -> Iterator[str]:
    root = docx_xml.parsed(content)
    if isinstance(root, str):
        yield root
    elif name == TYPES:
        yield from docx_xml.content_type_dangers(root)
    elif name.endswith(".rels"):
        yield from docx_xml.relation_dangers(name, root, parts)
    elif not name.startswith(("customXml/", "docMetadata/")):
        yield from docx_xml.document_dangers(root)
