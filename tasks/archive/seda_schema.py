"""Checking a transfer against the schema of SEDA 2.3, which the operator puts at hand: it is not shipped here."""

import tempfile
from pathlib import Path

from lxml import etree

from models.errors import BadInput
from tasks.settings import settings

XML = "http://www.w3.org/2001/xml.xsd"
XLINK = "http://www.w3.org/1999/xlink.xsd"
ATTRIBUTES = {
    XML: (
        "http://www.w3.org/XML/1998/namespace",
        {"id": "ID", "lang": "language", "base": "anyURI", "space": "NCName"},
    ),
    XLINK: (
        "http://www.w3.org/1999/xlink",
        dict.fromkeys(("type", "href", "role", "arcrole", "title", "show", "actuate"), "string"),
    ),
}
"""The attributes of the two W3C schemas that SEDA imports: nothing is fetched to check a transfer."""


def faults(transfer: bytes) -> list[str] | None:
    """Return what the schema refuses, None when no schema is at hand."""
    given = settings().seda_schema
    if given is None:
        return None
    if not given.is_file():
        raise BadInput(f"ACHATS_SEDA_SCHEMA : {given} n'existe pas (seda-2.3-main.xsd, avec ses voisins).")
    with tempfile.TemporaryDirectory(prefix="achats-seda-") as folder:
        schema = _schema(given, Path(folder))
    document = etree.fromstring(transfer)
    if schema.validate(document):
        return []
    return [f"ligne {error.line} : {error.message}" for error in schema.error_log]


def _schema(main: Path, folder: Path) -> etree.XMLSchema:
    """Return the schema read from copies whose imports of the W3C lead to files beside them."""
    for path in main.parent.glob("*.xsd"):
        text = path.read_text(encoding="utf-8")
        for address in ATTRIBUTES:
            text = text.replace(f'"{address}"', f'"{address.rpartition("/")[2]}"')
        (folder / path.name).write_text(text, encoding="utf-8")
    for address, (namespace, attributes) in ATTRIBUTES.items():
        (folder / address.rpartition("/")[2]).write_text(_attributes(namespace, attributes), encoding="utf-8")
    try:
        return etree.XMLSchema(etree.parse(folder / main.name))
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError) as error:
        raise BadInput(f"ACHATS_SEDA_SCHEMA : {main} ne se lit pas comme un schéma ({error}).") from error


def _attributes(namespace: str, attributes: dict[str, str]) -> str:
    lines = "".join(f'<xs:attribute name="{name}" type="xs:{kind}"/>' for name, kind in attributes.items())
    return f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}">{lines}</xs:schema>'
