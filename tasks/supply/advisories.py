"""Known vulnerabilities of the pinned packages, from a list of advisories downloaded beforehand: nothing goes outside.

The list is the one of OSV for PyPI, one JSON document for each advisory (https://ossf.github.io/osv-schema/): the
archive `all.zip`, the folder it unpacks to, or single documents.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic import BaseModel

from models.errors import BadInput
from tasks.supply.packages import Package

ECOSYSTEM = "PyPI"
FIRST = "0"


class Vulnerability(BaseModel):
    """An advisory that touches a pinned version."""

    paquet: str
    version: str
    avis: str
    alias: list[str] = []
    resume: str = ""
    corrige_en: list[str] = []
    developpement: bool = False


class Audit(BaseModel):
    """What the list says of the pinned packages."""

    paquets: int
    avis_lus: int
    liste_du: datetime | None = None  # the last change in the list
    vulnerabilites: list[Vulnerability] = []


def audit(packages: Iterable[Package], sources: Iterable[Path]) -> Audit:
    """Return the advisories that touch the packages; refuse sources that hold none."""
    by_name: dict[str, list[Package]] = {}  # the lock pins some twice, for different versions of Python
    for package in packages:
        by_name.setdefault(package.name, []).append(package)
    done = Audit(paquets=len(by_name), avis_lus=0)
    for advisory in read(sources):
        done.avis_lus += 1
        changed = _instant(advisory.get("modified"))
        done.liste_du = max(filter(None, (done.liste_du, changed)), default=None)
        if not advisory.get("withdrawn"):
            done.vulnerabilites += _touched(advisory, by_name)
    if not done.avis_lus:
        raise BadInput(
            "Aucun avis dans cette liste : donnez le fichier all.zip d'OSV pour PyPI, ou son dossier."
        )
    done.vulnerabilites.sort(key=lambda one: (one.paquet, one.avis))
    return done


def read(sources: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield the advisories of archives, folders and files; refuse what cannot be read."""
    for source in sources:
        try:
            for name, content in _documents(source):
                yield from _parsed(name, content)
        except (OSError, zipfile.BadZipFile) as error:
            raise BadInput(f"Liste d'avis illisible : {source}.") from error


def _documents(source: Path) -> Iterator[tuple[str, bytes]]:
    if source.is_dir():
        for file in sorted(source.rglob("*.json")):
            yield file.name, file.read_bytes()
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            for name in archive.namelist():
                if name.endswith(".json"):
                    yield name, archive.read(name)
    else:
        yield source.name, source.read_bytes()


def _parsed(name: str, content: bytes) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise BadInput(f"Avis illisible : {name} n'est pas du JSON.") from error
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict) and "id" in one and "affected" in one:
            yield one


def _touched(advisory: dict[str, Any], packages: dict[str, list[Package]]) -> Iterator[Vulnerability]:
    for affected in advisory["affected"]:
        told = affected.get("package", {})
        if told.get("ecosystem") != ECOSYSTEM:
            continue
        for package in packages.get(canonicalize_name(told.get("name", "")), []):
            if _is_affected(package.version, affected):
                yield _told(advisory, affected, package)


def _told(advisory: dict[str, Any], affected: dict[str, Any], package: Package) -> Vulnerability:
    return Vulnerability(
        paquet=package.name,
        version=package.version,
        avis=advisory["id"],
        alias=sorted(advisory.get("aliases", [])),
        resume=advisory.get("summary") or advisory.get("details", "")[:200],
        corrige_en=sorted({event["fixed"] for event in _events(affected) if "fixed" in event}),
        developpement=not package.is_runtime,
    )


def _events(affected: dict[str, Any]) -> Iterator[dict[str, str]]:
    for ranges in affected.get("ranges", []):
        if ranges.get("type") == "ECOSYSTEM":
            yield from ranges.get("events", [])


def _is_affected(version: str, affected: dict[str, Any]) -> bool:
    """Return whether a version is listed, or within a range: introduced at or before it, fixed after it."""
    if version in affected.get("versions", []):
        return True
    return any(
        _in_range(Version(version), ranges.get("events", []))
        for ranges in affected.get("ranges", [])
        if ranges.get("type") == "ECOSYSTEM"
    )


def _in_range(version: Version, events: list[dict[str, str]]) -> bool:
    """Return whether the last event at or before a version opens the range (OSV schema, evaluation of ranges)."""
    inside = False
    for kind, at in sorted(_bounds(events), key=lambda bound: bound[1]):
        if kind == "introduced" and version >= at:
            inside = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            inside = False
    return inside


def _bounds(events: list[dict[str, str]]) -> Iterator[tuple[str, Version]]:
    for event in events:
        for kind, text in event.items():
            try:
                yield kind, Version(text or FIRST)
            except InvalidVersion:
                continue


def _instant(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
