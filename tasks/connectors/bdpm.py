"""The public database of medicines over HTTP: fetched only when it changed, tried again, never endless.

Addresses: https://base-donnees-publique.medicaments.gouv.fr/telechargement ; no key, no session. Files are kept
beside their validators (ETag, Last-Modified); a file that cannot be had leaves the one of the day before.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import httpx
import stamina
from pydantic import BaseModel

from models.errors import Unavailable
from tasks import storage

FILES = ("CIS_CIP_Dispo_Spec.txt", "CIS_MITM.txt", "CIS_bdpm.txt", "CIS_CIP_bdpm.txt")
LARGEST = 50_000_000  # bytes: ten times the largest file seen
ATTEMPTS = 3
TIMEOUT = httpx.Timeout(20.0, connect=5.0)
NOT_MODIFIED = 304
SERVER_ERRORS = 500
BUSY = 429


class Fetched(BaseModel):
    """What a round of fetching did."""

    nouveaux: list[str] = []
    inchanges: list[str] = []
    remarques: list[str] = []


class Validators(BaseModel):
    """What the server said of a file when it last gave it."""

    etag: str = ""
    last_modified: str = ""


class TryAgain(Exception):
    """The server is busy or away for now."""


def fetch(base_url: str, folder: Path, client: httpx.Client | None = None) -> Fetched:
    """Bring the files of a folder up to date; what fails is said, and the file kept from before stays."""
    folder.mkdir(parents=True, exist_ok=True)
    done = Fetched()
    with client or httpx.Client(timeout=TIMEOUT, follow_redirects=False) as session:
        for name in FILES:
            try:
                changed = _one(session, f"{base_url.rstrip('/')}/{name}", folder / name)
            except Unavailable as error:
                done.remarques.append(f"{name} : {error}")
                continue
            (done.nouveaux if changed else done.inchanges).append(name)
    return done


def _one(client: httpx.Client, url: str, path: Path) -> bool:
    """Fetch one file unless it is unchanged; return whether it is new."""
    known = _validators(path) if path.exists() else Validators()
    headers = {}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    try:
        for attempt in stamina.retry_context(on=(TryAgain, httpx.TransportError), attempts=ATTEMPTS):
            with attempt:
                return _download(client, url, headers, path)
    except (TryAgain, httpx.HTTPError) as error:
        raise Unavailable(f"la base publique des médicaments ne répond pas ({error})") from error
    raise Unavailable("la base publique des médicaments ne répond pas")


def _download(client: httpx.Client, url: str, headers: dict[str, str], path: Path) -> bool:
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code == NOT_MODIFIED:
            return False
        if answer.status_code >= SERVER_ERRORS or answer.status_code == BUSY:
            raise TryAgain(f"réponse {answer.status_code}")
        if not answer.is_success:
            raise Unavailable(f"réponse {answer.status_code}")
        content = _limited(answer.iter_bytes())
        expected = answer.headers.get("Content-Length", "")
        if expected.isdigit() and "Content-Encoding" not in answer.headers and len(content) < int(expected):
            raise TryAgain(f"fichier coupé : {len(content)} octets sur {expected}")
        told = Validators(
            etag=answer.headers.get("ETag", ""), last_modified=answer.headers.get("Last-Modified", "")
        )
    _write(path, content)
    _write(_side(path), told.model_dump_json().encode())
    return True


def _limited(chunks: Iterable[bytes]) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > LARGEST:
            raise Unavailable(f"fichier de plus de {LARGEST // 10**6} Mo, abandonné")
    return bytes(content)


def _side(path: Path) -> Path:
    return path.with_suffix(".validateurs.json")


def _validators(path: Path) -> Validators:
    try:
        return Validators.model_validate(json.loads(_side(path).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return Validators()


def _write(path: Path, content: bytes) -> None:
    with storage.whole(path) as file:
        file.write(content)
