"""The packages that the product is built from: what `requirements.lock` pins, and what is installed of it."""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel

from models.errors import BadInput
from tasks.settings import ROOT

PRODUCT = "achats-ght"
LOCK = ROOT / "requirements.lock"
PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Package(BaseModel):
    """One pinned package; it serves the product itself, or only those who develop it."""

    name: str
    version: str
    hashes: list[str] = []  # SHA-256 of the files that may be installed
    is_runtime: bool = True


def pinned(file: Path = LOCK) -> list[Package]:
    """Return the packages of the lock file, in order of name; refuse a file that is none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"Liste des paquets illisible : {file}.") from error
    found: list[Package] = []
    serving = runtime()
    for line in lines:
        if pin := PINNED.match(line):
            name = canonicalize_name(pin[1])
            found.append(Package(name=name, version=pin[2], is_runtime=name in serving))
        elif found and (digest := HASH.search(line)):
            found[-1].hashes.append(digest[1])
    if not found:
        raise BadInput(f"{file} n'épingle aucun paquet (NOM==VERSION).")
    return sorted(found, key=lambda package: package.name)


def runtime() -> set[str]:
    """Return the names of the packages that the product needs to run, those of its dependencies included."""
    waiting, found = list(requirements(PRODUCT)), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += requirements(name)
    return found


def requirements(name: str) -> Iterator[str]:
    """Yield the packages that an installed one needs here, its optional ones left out unless they are installed."""
    try:
        asked = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return
    for text in asked:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)
