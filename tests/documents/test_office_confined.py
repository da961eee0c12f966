"""LibreOffice reaches nothing outside, whatever the document asks: a picture elsewhere is not fetched."""

import io
import shutil
import threading
import time
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Cm
from PIL import Image

from models.errors import Unavailable
from tasks.documents import office
from tasks.documents.pdf import convert_to_pdf

pytestmark = [pytest.mark.office, pytest.mark.slow]


@pytest.fixture
def asked():
    """A server of this machine that notes what is asked of it."""
    seen: list[str] = []

    class Noting(StreamRequestHandler):
        def handle(self):
            seen.append(self.rfile.readline().decode())

    server = ThreadingTCPServer(("127.0.0.1", 0), Noting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    seen_from = f"http://127.0.0.1:{server.server_address[1]}"
    yield seen, seen_from
    server.shutdown()
    server.server_close()


def reaching(folder, address):
    """A document with a picture elsewhere, as the check of templates never lets one in."""
    picture = io.BytesIO()
    Image.new("RGB", (2, 2)).save(picture, "PNG")
    document = Document()
    document.add_picture(picture, Cm(3))
    outside = document.part.relate_to(f"{address}/a.png", RELATIONSHIP_TYPE.IMAGE, is_external=True)
    (blip,) = document.element.body.iter(qn("a:blip"))
    del blip.attrib[qn("r:embed")]
    blip.set(qn("r:link"), outside)
    made = folder / "joint.docx"
    document.save(str(made))
    return made


@pytest.fixture(autouse=True)
def installed():
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")


@pytest.mark.parametrize("with_namespace", [True, False])
def test_a_picture_elsewhere_is_not_fetched(asked, tmp_path, monkeypatch, with_namespace):
    seen, address = asked
    if not with_namespace:
        monkeypatch.setattr(office, "apart", tuple)
    elif not office.apart():
        pytest.skip("this system lets nobody make a network of his own (unshare)")
    (made,) = convert_to_pdf([reaching(tmp_path, address)], tmp_path / "pdf")
    assert made.read_bytes().startswith(b"%PDF")
    assert seen == []


def test_libreoffice_knows_nothing_of_the_environment_and_ends_with_all_its_processes(tmp_path, monkeypatch):
    monkeypatch.setenv("ACHATS_SECRET_KEY", "canari")
    assert "canari" not in str(office.environment(tmp_path))
    document = tmp_path / "long.docx"
    Document().save(str(document))
    profile = tmp_path / "profil"
    profile.mkdir()
    with pytest.raises(Unavailable, match="n'a pas fini"):
        office.run_office(["--convert-to", "pdf", str(document)], profile, 1)
    deadline = time.monotonic() + 10
    while left := [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(profile) in _read(path)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def _read(path):
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
