"""Hostile Word files: each hides in another way what a template may not hold, each is refused by name."""

import io
import shutil
import subprocess
import zipfile

import pytest
from docx import Document
from PIL import Image

from models.errors import Refused
from tasks.documents.docx_fields import field_dangers
from tasks.documents.docx_safety import check_made, read_safely
from tasks.documents.rendering import TEMPLATES
from tests.making_templates import replaced, template, with_part

pytestmark = pytest.mark.documents

PLAIN = template("{{ head.reference }}")
BODY, RELS, ROOT_RELS = "word/document.xml", "word/_rels/document.xml.rels", "_rels/.rels"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
PIRATE = "http://pirate.example/a.png"


def part(name, content=PLAIN):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def in_body(xml, content=PLAIN):
    """The file with some more XML at the beginning of its body."""
    return replaced(content, BODY, b"<w:body>", b"<w:body>" + xml.encode())


def related(relation, content=PLAIN, rels=RELS):
    return replaced(content, rels, b"</Relationships>", relation.encode() + b"</Relationships>")


def link(kind, target, more='TargetMode="External"'):
    return related(f'<Relationship Id="rId99" Type="{OFFICE}/{kind}" Target="{target}" {more}/>')


def field(*pieces, begin="begin"):
    """A complex field whose instruction is cut over runs."""
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    return f"<w:p>{mark.format(begin)}{runs}{mark.format('separate')}<w:r><w:t>x</w:t></w:r>{mark.format('end')}</w:p>"


def in_utf16(name, content=PLAIN):
    text = part(name, content).decode().replace("UTF-8", "UTF-16")
    return with_part(content, name, text.encode("utf-16"))


def renamed(old, new, content=PLAIN):
    """The file with one part under another name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.namelist():
            target.writestr(new if entry == old else entry, source.read(entry))
    return buffer.getvalue()


OUTSIDE = link("image", PIRATE)
DDE = in_body(field("DDEAUTO cmd /c calc"))
STRICT_TEXT = f'<s:p xmlns:s="{STRICT}"><s:r><s:instrText>PAGE</s:instrText></s:r></s:p>'
ENTITY = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY e "External">]>'
OTHER_PREFIX = (
    f'<x:p xmlns:x="{WORD}"><x:r><x:fldChar x:fldCharType="begin"/></x:r>'
    "<x:r><x:instrText>DDE a b</x:instrText></x:r></x:p>"
)
OTHER_RELATION = f'<p:Relationship xmlns:p="{PACKAGE}" Id="r9" Type="{OFFICE}/image" Target="{PIRATE}"/>'
STRICT_IMAGE = "http://purl.oclc.org/ooxml/officeDocument/relationships/image"
VML = (
    '<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml">'
    f'<v:imagedata src="{PIRATE}"/></v:shape></w:pict></w:r></w:p>'
)
MACRO_OF_FORM = '<w:fldChar w:fldCharType="begin"><w:ffData><w:entryMacro w:val="X"/></w:ffData></w:fldChar>'
FRAMES = f'<w:webSettings xmlns:w="{WORD}"><w:frameset/></w:webSettings>'.encode()
INCLUDED = '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
STYLED = b'?><?xml-stylesheet href="http://pirate.example/a.xsl"?>'
NESTED = field("IF 1=1 ").replace("</w:p>", "") + field("LINK Excel.Sheet c:\\x")[5:]
ENTITY_IN_ATTRIBUTE = ENTITY + part(RELS, OUTSIDE).replace(b'"External"', b'"&e;"').partition(b"?>")[2]

HOSTILE = {
    "relations in UTF-16": (in_utf16(RELS, OUTSIDE), "UTF-8"),
    "body in UTF-16": (in_utf16(BODY, DDE), "UTF-8"),
    "body in UTF-7": (with_part(PLAIN, BODY, part(BODY).replace(b"UTF-8", b"UTF-7")), "UTF-8"),
    "body in Latin-1, declared": (
        with_part(PLAIN, BODY, part(BODY).replace(b"UTF-8", b"ISO-8859-1")),
        "UTF-8",
    ),
    "entity in the attribute of a relation": (with_part(PLAIN, RELS, ENTITY_IN_ATTRIBUTE), "DTD"),
    "parameter entity from outside": (
        with_part(PLAIN, "word/footnotes.xml", b'<!DOCTYPE a SYSTEM "http://pirate.example/a.dtd"><a/>'),
        "DTD",
    ),
    "character reference in TargetMode": (link("image", PIRATE, 'TargetMode="&#69;xternal"'), "lien externe"),
    "address without TargetMode": (link("image", PIRATE, ""), "lien externe"),
    "share of a server as target": (link("image", r"\\pirate\share\a.png", ""), "lien externe"),
    "TargetMode in lower case": (link("image", PIRATE, 'TargetMode="external"'), "lien externe"),
    "relation with another prefix": (related(OTHER_RELATION), "lien externe"),
    "relation cut by a comment": (
        related(
            f'<Relationship Id="r9" Type="{OFFICE}/attached&#x54;emplate" Target="x.dotm" TargetMode="External"/>'
        ),
        "attachedTemplate",
    ),
    "relations under .RELS": (
        with_part(PLAIN, "word/_rels/header1.xml.RELS", part(RELS, OUTSIDE)),
        "partie inconnue",
    ),
    "relations of the body under .RELS": (
        renamed(RELS, "word/_rels/document.xml.RELS", OUTSIDE),
        "partie inconnue",
    ),
    "body under another case": (with_part(PLAIN, "word/Document.xml", part(BODY, DDE)), "archive suspecte"),
    "main document elsewhere": (
        replaced(PLAIN, ROOT_RELS, b'Target="word/document.xml"', b'Target="word/styles.xml"'),
        "document principal",
    ),
    "strict relation": (
        related(f'<Relationship Id="r9" Type="{STRICT_IMAGE}" Target="x.png"/>'),
        "relation inconnue",
    ),
    "strict vocabulary": (in_body(STRICT_TEXT), "vocabulaire XML inconnu"),
    "field in lower case": (in_body(field("ddeauto cmd")), "champ DDEAUTO"),
    "field in mixed case": (
        in_body('<w:p><w:fldSimple w:instr=" IncludePicture &quot;x&quot;"/></w:p>'),
        "champ INCLUDEPICTURE",
    ),
    "field cut over runs": (in_body(field("DDE", "AU", "TO cmd")), "champ DDEAUTO"),
    "field cut by CDATA and comments": (
        in_body(field("<![CDATA[INCLUDE]]><!-- -->TEXT x")),
        "champ INCLUDETEXT",
    ),
    "field with another prefix": (in_body(OTHER_PREFIX), "champ DDE"),
    "field behind a quote": (in_body(field("&quot;DDEAUTO&quot; cmd")), "champ DDEAUTO"),
    "field within a field": (in_body(NESTED), "champ LINK"),
    "field in simple quotes of XML": (
        in_body("<w:p><w:fldSimple w:instr='MACROBUTTON X y'/></w:p>"),
        "champ MACROBUTTON",
    ),
    "field deleted but kept": (
        in_body("<w:p><w:r><w:delInstrText>IMPORT x</w:delInstrText></w:r></w:p>"),
        "champ IMPORT",
    ),
    "field made by a template tag": (in_body(field("{{ 'DDEAUTO' }} cmd")), "champ"),
    "link of a field to a file": (in_body(field('HYPERLINK "file:///etc/passwd"')), "lien externe"),
    "picture of VML by its address": (in_body(VML), "lien externe"),
    "imported chunk with another prefix": (
        in_body(f'<y:altChunk xmlns:y="{WORD}" r:id="rId1"/>'),
        "altChunk",
    ),
    "object": (in_body("<w:p><w:r><w:object/></w:r></w:p>"), "objet incorporé"),
    "macro of a form": (in_body(f"<w:p><w:r>{MACRO_OF_FORM}</w:r></w:p>"), "macros"),
    "XInclude": (in_body(INCLUDED), "lien externe"),
    "frames": (with_part(PLAIN, "word/webSettings.xml", FRAMES), "document lié"),
    "picture that is HTML": (
        with_part(PLAIN, "word/media/image1.png", b"<html><img src='http://pirate.example'>"),
        "pas du PNG",
    ),
    "picture in SVG": (with_part(PLAIN, "word/media/image1.svg", b"<svg/>"), "image SVG"),
    "page in HTML": (with_part(PLAIN, "word/afile.html", b"<html/>"), "altChunk"),
    "unknown part": (with_part(PLAIN, "word/vbadata.xml", b"<a/>"), "macros"),
    "processing instruction": (
        with_part(PLAIN, BODY, part(BODY).replace(b"?>", STYLED, 1)),
        "instruction de traitement",
    ),
    "kind of part for macros, in another case": (
        replaced(PLAIN, "[Content_Types].xml", b"document.main+xml", b"MACROENABLED.main+xml"),
        "macros",
    ),
    "kind of part unknown": (
        replaced(PLAIN, "[Content_Types].xml", b"document.main+xml", b"evil+xml"),
        "genre de partie inconnu",
    ),
    "path with backslashes": (with_part(PLAIN, "word\\..\\evil.xml", b"<a/>"), "chemin interdit"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_each_hostile_file_is_refused_and_the_danger_named(name):
    content, reason = HOSTILE[name]
    with pytest.raises(Refused) as refused:
        read_safely(content)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("instruction", "fault"),
    [
        (" PAGE \\* MERGEFORMAT ", []),
        ("page", []),
        (' TOC \\o "1-3" \\h \\z \\u ', []),
        (' HYPERLINK "https://www.legifrance.gouv.fr/" ', []),
        (' HYPERLINK \\l "_Toc1" ', []),
        ("= 1 + 1", []),
        ("", []),
        (' HYPERLINK "\\\\\\\\pirate\\\\x" ', ["lien externe"]),
        ("hyperlink javascript:alert(1)", ["lien externe"]),
        ("{{ x }}", ["champ {{"]),
        ("MERGEFIELD nom", ["champ MERGEFIELD"]),
    ],
)
def test_a_field_is_let_in_when_it_neither_runs_nor_fetches(instruction, fault):
    assert list(field_dangers(instruction)) == fault


def test_what_word_writes_ordinarily_is_let_in():
    """python-docx's own file, saved by Word: thumbnail, customXml, styles with effects; with a picture and a link."""
    document = Document()
    picture = io.BytesIO()
    Image.new("RGB", (2, 2)).save(picture, "PNG")
    picture.seek(0)
    document.add_picture(picture)
    document.add_table(2, 2)
    buffer = io.BytesIO()
    document.save(buffer)
    read_safely(buffer.getvalue())
    read_safely(in_body(field(" PAGE "), link("hyperlink", "https://www.legifrance.gouv.fr/")))


def test_what_filling_a_template_brings_is_checked_again():
    check_made(PLAIN)
    with pytest.raises(Refused, match="champ DDEAUTO"):
        check_made(DDE)


@pytest.mark.office
@pytest.mark.slow
def test_templates_saved_by_libreoffice_are_still_let_in(tmp_path):
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    names = ["rc", "ccap", "bon_commande", "lettre_rejet"]
    command = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "docx",
    ]
    command += ["--outdir", str(tmp_path), *(str(TEMPLATES / f"{name}.docx") for name in names)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    for name in names:
        assert (
            read_safely((tmp_path / f"{name}.docx").read_bytes())[BODY]
            != read_safely((TEMPLATES / f"{name}.docx").read_bytes())[BODY]
        )
