"""Templates of a hospital: dangerous files are refused by name, code is never run, mistakes are pointed at."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.documents.registry import DOCUMENTS
from models.errors import Refused
from tasks.documents.confined import render_confined
from tasks.documents.docx_safety import read_safely
from tasks.documents.render import house_folder, render
from tasks.documents.rendering import TEMPLATES, compiled, fill
from tasks.documents.samples import sample
from tasks.documents.template_check import check_template
from tests.making_templates import replaced, template, with_part
from tests.reading_documents import text_of

pytestmark = pytest.mark.documents

RELS = "word/_rels/document.xml.rels"
TYPE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
PLAIN = template("{{ head.reference }}")


def linked(kind: bytes, target: bytes, external: bool = True) -> bytes:
    mode = b' TargetMode="External"' if external else b""
    link = b'<Relationship Id="rId99" Type="' + TYPE + kind + b'" Target="' + target + b'"' + mode + b"/>"
    return replaced(PLAIN, RELS, b"</Relationships>", link + b"</Relationships>")


def bomb() -> bytes:
    return with_part(PLAIN, "word/media/image1.bin", b"0" * 50_000_000)


DANGERS = {
    "macros": (with_part(PLAIN, "word/vbaProject.bin", b"x"), "macros"),
    "macro type": (
        replaced(PLAIN, "[Content_Types].xml", b"document.main+xml", b"macroEnabled.main+xml"),
        "macros",
    ),
    "embedded object": (with_part(PLAIN, "word/embeddings/oleObject1.bin", b"x"), "objet incorporé"),
    "active control": (with_part(PLAIN, "word/activeX/activeX1.xml", b"<a/>"), "objet incorporé"),
    "attached template": (linked(b"attachedTemplate", b"file://server/a.dotm"), "attachedTemplate"),
    "remote picture": (linked(b"image", b"http://pirate.example/a.png"), "lien externe"),
    "file link": (linked(b"hyperlink", b"file:///etc/passwd"), "lien externe"),
    "imported chunk": (linked(b"aFChunk", b"chunk.html", external=False), "altChunk"),
    "zip bomb": (bomb(), "bombe de décompression"),
    "path out": (with_part(PLAIN, "../../evil.xml", b"<a/>"), "chemin interdit"),
    "entities": (
        with_part(PLAIN, "word/footnotes.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        "DTD",
    ),
    "dynamic field": (
        replaced(
            PLAIN,
            "word/document.xml",
            b"<w:body>",
            b'<w:body><w:p><w:fldSimple w:instr="DDEAUTO cmd"/></w:p>',
        ),
        "champ DDEAUTO",
    ),
    "not a document": (b"bonjour", "pas un document Word"),
    "a plain archive": (with_part(PLAIN, "word/document.xml", b"<broken"), "XML illisible"),
}


@pytest.mark.parametrize("name", DANGERS)
def test_a_dangerous_file_is_refused_and_the_reason_named(name: str, tmp_path: Path) -> None:
    content, reason = DANGERS[name]
    path = tmp_path / "lettre_rejet.docx"
    path.write_bytes(content)
    with pytest.raises(Refused, match=r"lettre_rejet\.docx") as refused:
        check_template(path)
    assert reason in str(refused.value)


def test_a_link_to_a_web_page_is_not_a_danger() -> None:
    read_safely(linked(b"hyperlink", b"https://www.legifrance.gouv.fr/"))


ATTACKS = [
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ head.__class__.__mro__ }}",
    "{{ head.reference.__class__ }}",
    "{{ head['__class__'] }}",
    "{{ head.reference.format(head) }}",
    "{{ head.keys() }}",
    "{{ ().__class__ }}",
    "{{ lipsum(5) }}",
    "{{ 'a' * 100000000 }}",
    "{{ 9 ** 999999 }}",
    "{{ '%0999999999d' % 5 }}",
    "{{ head | attr('__class__') }}",
    "{{ head | tojson }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_template_that_tries_to_run_code_is_refused(attack: str, tmp_path: Path) -> None:
    content = template("{{ head.reference }}", attack)
    with pytest.raises(Refused):
        fill(compiled("pirate", content), sample("lettre_rejet"))
    path = tmp_path / "lettre_rejet.docx"
    path.write_bytes(content)
    report = check_template(path)
    assert not report.usable
    assert report.unknown or report.problems


def test_the_reason_of_a_refusal_comes_back_from_the_other_process() -> None:
    with pytest.raises(Refused, match="Modèle pirate"):
        render_confined("pirate", template("{{ 'a' * 100000000 }}"), "lettre_rejet", sample("lettre_rejet"))


@pytest.mark.slow
def test_a_template_that_never_ends_or_grows_without_end_is_stopped() -> None:
    loop = "{% for a in reasons %}" * 6 + "x" * 40 + "{% endfor %}" * 6
    with pytest.raises(Refused, match=r"limites|finit pas|volumineux"):
        render_confined("boucle", template(loop), "lettre_rejet", sample("lettre_rejet"))


def test_misspelt_and_forgotten_placeholders_are_named(tmp_path: Path) -> None:
    path = tmp_path / "lettre_rejet-hopital.docx"
    path.write_bytes(
        template("{{ head.referance }} {{ recipient.name }}", "{% for a in foo %}{{ a.b }}{% endfor %}")
    )
    report = check_template(path)
    assert report.unknown["head.referance"] == "head.reference"
    assert "foo" in report.unknown
    assert {"reasons", "court", "head.title"} <= set(report.missing)
    assert "recipient.name" in report.used
    assert not report.usable


def test_a_template_of_the_hospital_gives_its_own_document(tmp_path: Path) -> None:
    content = template("Réf. {{ head.reference }}", "{{ reasons }}", "Signé {{ signatory.name }}")
    made = tmp_path / "lettre.docx"
    made.write_bytes(render_confined("lettre", content, "lettre_rejet", sample("lettre_rejet")))
    with zipfile.ZipFile(made) as archive:
        text = archive.read("word/document.xml").decode()
    assert "Réf. 2026-017" in text
    assert "Signé Claire Vasseur" in text


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_shipped_templates_are_safe_and_use_only_known_placeholders(kind: str) -> None:
    path = TEMPLATES / f"{kind}.docx"
    read_safely(path.read_bytes())
    assert render(kind, sample(kind))[:2] == b"PK"


@pytest.mark.parametrize("kind", ["rc", "rapport_analyse", "bon_commande"])
def test_the_check_accepts_the_shipped_templates(kind: str) -> None:
    report = check_template(TEMPLATES / f"{kind}.docx")
    assert report.usable, report
    assert not report.unknown


@pytest.fixture
def house_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ACHATS_WORD_TEMPLATES_DIR", str(tmp_path))
    house_folder.cache_clear()
    yield tmp_path
    house_folder.cache_clear()


def test_the_template_of_the_hospital_takes_the_place_of_ours(house_templates: Path) -> None:
    (house_templates / "avenant.docx").write_bytes(
        template("Notre avenant {{ number }} : {{ head.reference }}")
    )
    made = house_templates / "fait.docx"
    made.write_bytes(render("avenant", sample("avenant")))
    assert "Notre avenant 1 : 2026-017" in text_of(made)
    made.write_bytes(render("lettre_rejet", sample("lettre_rejet")))
    assert "Information du rejet" in text_of(made)
