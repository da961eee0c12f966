"""Downloading documents by their hash: what is sent is what was recorded, under its own name."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from portal.frame.security import Here, here
from portal.frame.turns import apart
from tasks.consultation import withdrawals
from tasks.documents import pdf
from tasks.views import archive as views_archive
from tasks.views import files

router = APIRouter(prefix="/achats/{ref}")
Me = Annotated[Here, Depends(here)]
KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
    "pdf": "application/pdf",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "png": "image/png",
}


@router.get("/documents/{digest}")
@apart
def download(ref: str, digest: str, me: Me) -> Response:
    """Send a document, after checking that the file is still the one that was recorded."""
    found = views_archive.one(me.person, ref, digest)
    if found is None:
        raise HTTPException(404)
    return send_file(found.content, found.name, "attachment")


@router.get("/documents.zip")
@apart
def download_all(ref: str, me: Me) -> Response:
    """Send every document that the person may read, in one ZIP."""
    archive = views_archive.every(me.person, ref)
    if archive is None:
        raise HTTPException(404)
    return send_file(archive.content, archive.name, "attachment")


@router.get("/apercu/{digest}")
@apart
def preview(ref: str, digest: str, me: Me) -> Response:
    """Send a PDF copy of a document, made by LibreOffice where it is installed."""
    document = files.document(me.person, ref, digest)
    if document is None or not pdf.can_preview(document.path):
        raise HTTPException(404)
    withdrawals.note_download(me.person, document)
    name = document.path.rpartition("/")[2].rpartition(".")[0] + ".pdf"
    return send_file(pdf.pdf_of(document), name, "inline")


def send_file(content: bytes, name: str, disposition: str) -> Response:
    """Return a file under its name, accents included; `disposition` is « attachment » or « inline »."""
    kind = KINDS.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    plain = re.sub(r"[^\w .()-]", "_", name, flags=re.ASCII)
    said = f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=kind, headers={"Content-Disposition": said})
