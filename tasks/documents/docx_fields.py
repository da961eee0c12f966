"""The fields of a Word file made by someone else: what runs or fetches is a field; only the listed ones are let in."""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from tasks.documents import docx_allowed as allowed

HEAD: Final = re.compile(r"[\s\"“”«»]*(=|[^\s\"“”«»=\\]*)")
ADDRESS: Final = re.compile(r"HYPERLINK\s+(?!\\)(?:[\"“”]([^\"“”]*)[\"“”]?|(\S+))", re.IGNORECASE)


def instructions(root: etree._Element) -> Iterator[str]:
    """Yield the instruction of each field, its pieces put together: Word cuts them over runs, and nests fields."""
    open_fields: list[list[str]] = []
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        if name == "fldSimple":
            yield _attribute(element, "instr")
        elif name == "fldChar":
            yield from _turned(open_fields, _attribute(element, "fldCharType"))
        elif name in ("instrText", "delInstrText"):
            text = "".join(map(str, element.itertext()))
            if open_fields:
                open_fields[-1].append(text)
            else:
                yield text
    yield from map("".join, open_fields)


def _turned(open_fields: list[list[str]], mark: str) -> Iterator[str]:
    """Open, turn or close a field; yield its instruction when it is whole."""
    if mark == "begin":
        open_fields.append([])
    elif open_fields:
        yield "".join(open_fields[-1])
        open_fields[-1].clear()
        if mark == "end":
            open_fields.pop()


def _attribute(element: etree._Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if etree.QName(key).localname == name), "")


def field_dangers(instruction: str) -> Iterator[str]:
    """Yield why a field is refused: it is not in the list, or it leads to something else than the web."""
    if not instruction.strip():
        return
    found = HEAD.match(instruction)
    head = found[1].upper() if found else ""
    if head not in allowed.FIELDS:
        yield f"champ {head[:30] or '?'}"
    for quoted, plain in ADDRESS.findall(instruction):
        if not allowed.SAFE_ADDRESS.match(quoted or plain):
            yield "lien externe"
