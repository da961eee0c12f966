"""The licences of the packages that are installed, from their own metadata."""

from importlib import metadata

from pydantic import BaseModel

from tasks.supply.packages import Package

UNKNOWN = "inconnue"
CLASSIFIER = "License :: "
LONGEST = 60


class Licence(BaseModel):
    """The licence of one package, as its authors wrote it."""

    paquet: str
    version: str
    licence: str
    developpement: bool = False


def licences(packages: list[Package]) -> list[Licence]:
    """Return the licence of each package; those of another system, which are not installed here, are left out."""
    return [
        Licence(
            paquet=package.name,
            version=package.version,
            licence=found,
            developpement=not package.is_runtime,
        )
        for package in packages
        if (found := licence_of(package.name)) is not None
    ]


def licence_of(name: str) -> str | None:
    """Return the licence of an installed package: its SPDX expression, else its classifiers, else its text."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if "License-Expression" in told:
        return told["License-Expression"]
    classified = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier") or []
        if line.startswith(CLASSIFIER) and line.count(" :: ") > 1
    ]
    written = "".join(told.get_all("License") or []).strip().splitlines()
    return " ; ".join(classified) or (written[0][:LONGEST] if written else UNKNOWN)
