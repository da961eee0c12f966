"""The XML of a Word file made by someone else: parsed strictly, then held against the lists of `docx_allowed`."""

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from tasks.documents import docx_allowed as allowed
from tasks.documents.docx_fields import field_dangers, instructions

DTD: Final = "déclaration de type de document (DTD)"
NOT_UTF8: Final = "texte qui n'est pas en UTF-8"
UNREADABLE: Final = "XML illisible"
UTF8: Final = ("UTF-8", "utf-8", "Utf-8", "US-ASCII", None)
BOM: Final = b"\xef\xbb\xbf"


def parsed(content: bytes) -> etree._Element | str:
    """Return the root of an XML part, or the reason for which it is refused; nothing outside is read."""
    if fault := _text_fault(content):
        return fault
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return UNREADABLE
    return _prologue_fault(root) or root


def _text_fault(content: bytes) -> str:
    """Return why a part is refused before it is parsed: another encoding would hide it from whoever reads it next."""
    try:
        text = content.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError:
        return NOT_UTF8
    if "\0" in text:
        return NOT_UTF8
    return DTD if "<!DOCTYPE" in text or "<!ENTITY" in text else ""


def _prologue_fault(root: etree._Element) -> str:
    document = root.getroottree().docinfo
    if document.doctype:
        return DTD
    if document.encoding not in UTF8:
        return NOT_UTF8
    has_instruction = any(node.tag is etree.PI for node in root.itersiblings(preceding=True))
    return "instruction de traitement" if has_instruction else ""


def elements(root: etree._Element) -> Iterator[tuple[str, str, etree._Element]]:
    """Yield (vocabulary, name, element) of each element, in the order of the file."""
    for element in root.iter(etree.Element):
        name = etree.QName(element)
        yield name.namespace or "", name.localname, element


def content_type_dangers(root: etree._Element) -> Iterator[str]:
    """Yield what is wrong in the table of kinds of parts."""
    for _, name, element in elements(root):
        kind = element.get("ContentType", "")
        if name in ("Default", "Override") and kind not in allowed.CONTENT_TYPES:
            lower = kind.lower()
            if "macroenabled" in lower or "vbaproject" in lower:
                yield "macros"
            elif "oleobject" in lower or "activex" in lower:
                yield "objet incorporé (OLE, ActiveX)"
            else:
                yield f"genre de partie inconnu ({kind[:80]})"


def relation_dangers(part: str, root: etree._Element, parts: set[str]) -> Iterator[str]:
    """Yield what is wrong in the relations of a part: kinds, addresses outside, targets that do not exist."""
    folder = posixpath.dirname(posixpath.dirname(part))
    for vocabulary, name, element in elements(root):
        if name == "Relationships":
            continue
        if vocabulary != f"{allowed.PACKAGE}relationships" or name != "Relationship":
            yield "relation inconnue"
        elif element.get("Type", "") not in allowed.RELATIONS:
            kind = element.get("Type", "")
            yield _reason(allowed.DANGEROUS_RELATIONS, kind) or f"relation inconnue ({kind[-60:]})"
        elif fault := _target_fault(folder, element, parts):
            yield fault


def _target_fault(folder: str, relation: etree._Element, parts: set[str]) -> str:
    kind, target = relation.get("Type", ""), relation.get("Target", "")
    if kind == allowed.HYPERLINK and allowed.SAFE_ADDRESS.match(target):
        return ""
    if relation.get("TargetMode", "Internal") != "Internal" or ":" in target or "\\" in target:
        return "lien externe"
    if _inside(folder, target) not in parts:
        return f"relation vers rien ({target[:60]})"
    if kind == f"{allowed.OFFICE}officeDocument" and _inside(folder, target) != allowed.MAIN:
        return "document principal ailleurs que dans word/document.xml"
    return ""


def _inside(folder: str, target: str) -> str:
    """Return the part that a target names, from the folder of the part that points to it."""
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def document_dangers(root: etree._Element) -> Iterator[str]:
    """Yield what is wrong in a part of the document: vocabularies, elements, addresses, fields."""
    for vocabulary, name, element in elements(root):
        if vocabulary and not vocabulary.startswith(allowed.VOCABULARIES):
            yield f"vocabulaire XML inconnu ({vocabulary[:60]})"
        if reason := allowed.DANGEROUS_ELEMENTS.get(name):
            yield reason
        yield from _attribute_dangers(element)
    for instruction in instructions(root):
        yield from field_dangers(instruction)


def _attribute_dangers(element: etree._Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        name = etree.QName(key).localname.lower()
        is_address = name in allowed.LINKING_ATTRIBUTES and not value.startswith("rId")
        if allowed.REACHING.match(value) or (
            is_address and ("/" in value or ":" in value or "\\" in value) and not _is_web_link(name, value)
        ):
            yield "lien externe"


def _is_web_link(name: str, value: str) -> bool:
    return name == "href" and allowed.SAFE_ADDRESS.match(value) is not None


def _reason(patterns: tuple[tuple[re.Pattern[str], str], ...], text: str) -> str:
    return next((reason for pattern, reason in patterns if pattern.search(text)), "")


def part_name_danger(name: str) -> str:
    """Return why a part is refused by its name, empty when its name is in the list."""
    if allowed.PARTS.fullmatch(name) or allowed.FOLDERS.fullmatch(name):
        return ""
    return _reason(allowed.DANGEROUS_PARTS, name) or f"partie inconnue ({name[:60]})"
